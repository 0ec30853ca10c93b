import base64

import pytest
from botocore.exceptions import ClientError


def refusal(call, **request):
    with pytest.raises(ClientError) as refused:
        call(**request)
    return refused.value.response["Error"]["Code"]


def test_same_token_and_parameters_launch_once(account):
    first = account.run(ClientToken="token-1")
    assert account.run(ClientToken="token-1") == first
    assert len(account.ec2.describe_instances()["Reservations"]) == 1


def test_same_token_with_other_parameters_is_refused(account):
    account.run(ClientToken="token-1")
    assert (
        refusal(account.run, ClientToken="token-1", InstanceType="m5.xlarge") == "IdempotentParameterMismatch"
    )


def test_a_token_belongs_to_its_account(account, other_account):
    assert account.run(ClientToken="token-1") != other_account.run(ClientToken="token-1")


def test_max_count_is_launched_where_there_is_room(account):
    assert len(account.run(MinCount=2, MaxCount=5)) == 5


def test_dry_run_launches_nothing(account):
    assert refusal(account.run, DryRun=True) == "DryRunOperation"
    assert account.ec2.describe_instances()["Reservations"] == []


def test_launch_template_is_laid_below_the_request(account):
    account.client("iam").create_instance_profile(InstanceProfileName="node")
    named = account.template(
        UserData=base64.b64encode(b"#!/bin/sh").decode(),
        IamInstanceProfile={"Name": "node"},
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "cluster", "Value": "a"}]}],
    )
    (launched,) = account.ec2.run_instances(
        LaunchTemplate=named, InstanceType="c5.large", MinCount=1, MaxCount=1
    )["Instances"]
    one = account.instance(launched["InstanceId"])
    assert one["InstanceType"] == "c5.large"
    assert one["ImageId"] == account.image()
    assert {"Key": "cluster", "Value": "a"} in one["Tags"]
    assert one["IamInstanceProfile"]["Arn"].endswith("/node")
    data = account.ec2.describe_instance_attribute(InstanceId=one["InstanceId"], Attribute="userData")
    assert base64.b64decode(data["UserData"]["Value"]) == b"#!/bin/sh"


def test_instance_is_placed_in_its_subnet(account):
    subnet = account.ec2.describe_subnets()["Subnets"][1]
    (instance_id,) = account.run(SubnetId=subnet["SubnetId"])
    one = account.instance(instance_id)
    assert one["SubnetId"] == subnet["SubnetId"]
    assert one["Placement"]["AvailabilityZone"] == subnet["AvailabilityZone"]


def test_lifecycle_is_told_for_spot_only(account):
    assert account.instance(account.run_spot())["InstanceLifecycle"] == "spot"
    assert "InstanceLifecycle" not in account.instance(account.run()[0])


@pytest.mark.parametrize(
    ("request_part", "code"),
    [
        ({"SubnetId": "subnet-0123456789abcdef0"}, "InvalidSubnetID.NotFound"),
        ({"ImageId": "ami-0123456789abcdef0"}, "InvalidAMIID.NotFound"),
        ({"InstanceType": "m5.enormous"}, "InvalidParameterValue"),
        ({"InstanceType": "m6g.large"}, "InvalidParameterValue"),
        ({"SecurityGroupIds": ["sg-0123456789abcdef0"]}, "InvalidGroup.NotFound"),
        ({"IamInstanceProfile": {"Name": "nobody"}}, "InvalidParameterValue"),
        ({"Placement": {"AvailabilityZone": "us-east-1z"}}, "InvalidParameterValue"),
        ({"InstanceType": "m7i.large", "Placement": {"AvailabilityZone": "us-east-1e"}}, "Unsupported"),
        (
            {"LaunchTemplate": {"LaunchTemplateName": "nowhere"}},
            "InvalidLaunchTemplateName.NotFoundException",
        ),
    ],
)
def test_what_does_not_exist_is_refused_by_its_code(account, request_part, code):
    assert refusal(account.run, **request_part) == code


def test_image_of_each_architecture_comes_from_the_public_parameter(account):
    ids = {architecture: account.image(architecture) for architecture in ("x86_64", "arm64")}
    for architecture, image_id in ids.items():
        (image,) = account.ec2.describe_images(ImageIds=[image_id])["Images"]
        assert image["Architecture"] == architecture
    assert account.instance(account.run(ImageId=ids["arm64"], InstanceType="m6g.large")[0])[
        "Architecture"
    ] == ("arm64")


def test_older_parameter_names_are_known_and_unknown_versions_are_not(account):
    ssm = account.client("ssm")
    name = "/aws/service/eks/optimized-ami/{}/amazon-linux-2-arm64/recommended/image_id"
    found = ssm.get_parameters(Names=[name.format("1.33"), name.format("1.2")])
    assert [one["Value"] for one in found["Parameters"]] == [account.image("arm64")]
    assert found["InvalidParameters"] == [name.format("1.2")]


def test_packed_user_data_is_launched(account, sandbox):
    cursor = sandbox.get("instances/changes")["cursor"]
    (instance_id,) = account.run(UserData=b"\x1f\x8b\x08\x00\xff")
    told = sandbox.get(f"instances/changes?since={cursor}")["changes"]
    assert instance_id in {one["instance_id"] for one in told}


def test_a_full_subnet_takes_no_more_until_an_instance_is_gone(account, until):
    vpc = account.ec2.create_vpc(CidrBlock="10.0.0.0/24")["Vpc"]["VpcId"]
    subnet = account.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/28", AvailabilityZone="us-east-1a")
    place = {"SubnetId": subnet["Subnet"]["SubnetId"]}
    launched = account.run(MinCount=11, MaxCount=11, **place)
    assert refusal(account.run, **place) == "InsufficientFreeAddressesInSubnet"
    account.ec2.terminate_instances(InstanceIds=launched[:1])
    until(lambda: account.state(launched[0]) == "terminated")
    assert len(account.run(**place)) == 1


def test_versions_of_a_template_are_deleted_but_the_default_one(account):
    account.template("nodes")
    for size in ("m5.xlarge", "m5.2xlarge"):
        account.ec2.create_launch_template_version(
            LaunchTemplateName="nodes", LaunchTemplateData={"InstanceType": size}
        )
    answer = account.ec2.delete_launch_template_versions(LaunchTemplateName="nodes", Versions=["1", "2", "9"])
    deleted = [one["VersionNumber"] for one in answer["SuccessfullyDeletedLaunchTemplateVersions"]]
    kept = {
        one["VersionNumber"]: one["ResponseError"]["Code"]
        for one in answer["UnsuccessfullyDeletedLaunchTemplateVersions"]
    }
    left = account.ec2.describe_launch_template_versions(LaunchTemplateName="nodes")
    assert deleted == [2]
    assert kept == {1: "operationNotPermitted", 9: "launchTemplateVersionDoesNotExist"}
    assert [one["VersionNumber"] for one in left["LaunchTemplateVersions"]] == [1, 3]
