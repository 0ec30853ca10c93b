import pytest

from apps.fleet.errors import CloudRefused

from .aws_account import OWNER, Account
from .test_templates import versions


def template_with(account: Account, count: int, name: str = "atharva-prod-amd64") -> str:
    """The id of a template of ours with `count` versions."""
    for number in range(count):
        spec = account.spec(user_data=f"#!/bin/bash\necho {number}\n")
        template, _ = account.cloud.ensure_launch_template(name, spec, owner=OWNER)
    return template


def test_old_versions_go_and_the_current_one_and_the_last_ones_stay(account: Account):
    template = template_with(account, 6)
    assert account.cloud.delete_old_versions(template, current="3", last=2) == 3
    assert versions(account, template) == [3, 5, 6]
    assert account.cloud.delete_old_versions(template, current="3", last=2) == 0


def test_numbers_go_on_after_a_deletion(account: Account):
    template = template_with(account, 4)
    account.cloud.delete_old_versions(template, current="4", last=1)
    _, version = account.cloud.ensure_launch_template("atharva-prod-amd64", account.spec(), owner=OWNER)
    assert version == "5"
    assert account.cloud.launch_spec(template, "5").user_data == account.spec().user_data


def test_a_template_that_is_gone_has_no_old_versions(account: Account):
    template = template_with(account, 3)
    account.cloud.delete_launch_template(template)
    assert account.cloud.delete_old_versions(template, current="3", last=1) == 0


def test_deleting_twice_is_once(account: Account):
    template = template_with(account, 1)
    account.cloud.delete_launch_template(template)
    account.cloud.delete_launch_template(template)
    with pytest.raises(CloudRefused, match="NotFound"):
        account.cloud.launch_spec(template, "1")


def test_only_templates_of_the_same_owner_are_ours(account: Account):
    ours = template_with(account, 1)
    account.cloud.ensure_launch_template("atharva-other-amd64", account.spec(), owner="installation-2")
    account.ec2.create_launch_template(
        LaunchTemplateName="atharva-theirs-amd64", LaunchTemplateData={"InstanceType": "m5.large"}
    )
    assert [found.id for found in account.cloud.own_launch_templates(OWNER)] == [ours]


def test_a_template_of_ours_names_no_market_no_type_and_no_place(account: Account):
    """CreateFleet refuses InstanceMarketOptions in a template; type and subnet are the request's."""
    theirs = account.ec2.create_launch_template(
        LaunchTemplateName="theirs",
        LaunchTemplateData={
            "ImageId": account.image(),
            "InstanceType": "m5.large",
            "InstanceMarketOptions": {"MarketType": "spot"},
            "Placement": {"AvailabilityZone": "us-east-1a"},
            "NetworkInterfaces": [
                {
                    "DeviceIndex": 0,
                    "SubnetId": account.subnets["us-east-1a"],
                    "Groups": [account.security_group],
                }
            ],
        },
    )["LaunchTemplate"]["LaunchTemplateId"]
    read = account.cloud.launch_spec(theirs, "1")
    template, version = account.cloud.ensure_launch_template("atharva-prod-amd64", read, owner=OWNER)
    [made] = account.ec2.describe_launch_template_versions(LaunchTemplateId=template, Versions=[version])[
        "LaunchTemplateVersions"
    ]
    assert made["LaunchTemplateData"]["SecurityGroupIds"] == [account.security_group]
    refused = {"InstanceMarketOptions", "InstanceType", "Placement", "NetworkInterfaces"}
    assert not refused & made["LaunchTemplateData"].keys()
