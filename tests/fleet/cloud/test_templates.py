import base64
import gzip

import pytest

from apps.fleet.errors import InstanceMissing

from .aws_account import OWNER, Account


def versions(account: Account, template_id: str) -> list[int]:
    answer = account.ec2.describe_launch_template_versions(LaunchTemplateId=template_id)
    return sorted(version["VersionNumber"] for version in answer["LaunchTemplateVersions"])


def test_keeps_one_version_while_nothing_changes(account: Account):
    spec = account.spec()
    made = account.cloud.ensure_launch_template("atharva-prod-amd64", spec, owner=OWNER)
    assert account.cloud.ensure_launch_template("atharva-prod-amd64", spec, owner=OWNER) == made
    assert versions(account, made[0]) == [1]


def test_adds_a_version_when_something_changes(account: Account):
    template, first = account.cloud.ensure_launch_template("atharva-prod-amd64", account.spec(), owner=OWNER)
    changed = account.spec(user_data="#!/bin/bash\n/etc/eks/bootstrap.sh other\n")
    again, second = account.cloud.ensure_launch_template("atharva-prod-amd64", changed, owner=OWNER)
    assert (template, first, second) == (again, "1", "2")
    assert account.cloud.launch_spec(template, second).user_data.endswith("other\n")


def test_holds_exactly_what_it_was_given(account: Account):
    spec = account.spec()
    made = account.cloud.ensure_launch_template("atharva-prod-amd64", spec, owner=OWNER)
    assert account.cloud.launch_spec(*made) == spec


def test_reads_what_an_instance_was_launched_with(account: Account):
    launched = account.cloud.launch(account.request(), token="t-1")
    spec = account.cloud.launch_spec_of_instance(launched.id)
    wanted = account.spec()
    assert (spec.image_id, spec.user_data) == (wanted.image_id, wanted.user_data)
    assert spec.instance_profile_arn == wanted.instance_profile_arn
    assert spec.security_group_ids == wanted.security_group_ids
    assert spec.metadata_options["HttpTokens"] == "required"
    assert spec.tags["kubernetes.io/cluster/prod"] == "owned"


def test_an_instances_volumes_become_a_launchs(account: Account):
    launched = account.cloud.launch(account.request(), token="t-1")
    [device] = account.cloud.launch_spec_of_instance(launched.id).block_devices
    assert device["DeviceName"] == "/dev/xvda"
    assert device["Ebs"]["VolumeSize"] == 30
    assert device["Ebs"]["VolumeType"] == "gp3"
    template = account.cloud.ensure_launch_template(
        "copied", account.cloud.launch_spec_of_instance(launched.id), owner=OWNER
    )
    assert account.cloud.launch_spec(*template).block_devices == (device,)


def test_reads_compressed_user_data(account: Account):
    text = "#!/bin/bash\nexit\n"
    packed = base64.b64encode(gzip.compress(text.encode())).decode()
    made = account.ec2.create_launch_template(
        LaunchTemplateName="packed", LaunchTemplateData={"UserData": packed}
    )
    template_id = made["LaunchTemplate"]["LaunchTemplateId"]
    assert account.cloud.launch_spec(template_id, "1").user_data == text


def test_an_unknown_instance_has_no_spec(account: Account):
    with pytest.raises(InstanceMissing):
        account.cloud.launch_spec_of_instance("i-0123456789abcdef0")
