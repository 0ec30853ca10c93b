import pytest
from botocore.exceptions import ClientError


def test_an_exhausted_pool_has_insufficient_capacity_until_refilled(account, sandbox):
    place = {"InstanceType": "m6i.4xlarge", "Placement": {"AvailabilityZone": "us-east-1d"}}
    sandbox.post("exhaust", instance_type="m6i.4xlarge", zone="us-east-1d", minutes=5)
    with pytest.raises(ClientError, match="InsufficientInstanceCapacity"):
        account.run(**place)
    sandbox.post("refill", instance_type="m6i.4xlarge", zone="us-east-1d")
    assert len(account.run(**place)) == 1


def test_only_the_named_lifecycle_is_exhausted(account, sandbox):
    sandbox.post("exhaust", instance_type="c6i.4xlarge", lifecycle="spot")
    with pytest.raises(ClientError, match="InsufficientInstanceCapacity"):
        account.run_spot(InstanceType="c6i.4xlarge")
    assert len(account.run(InstanceType="c6i.4xlarge")) == 1


def test_an_exhaustion_passes_by_itself(account, sandbox, until):
    sandbox.post("exhaust", instance_type="r6i.4xlarge", minutes=0.05)
    with pytest.raises(ClientError, match="InsufficientInstanceCapacity"):
        account.run(InstanceType="r6i.4xlarge")
    until(lambda: not sandbox.get("state")["exhausted"])
    assert len(account.run(InstanceType="r6i.4xlarge")) == 1


def test_without_a_zone_another_zone_helps(account, sandbox):
    sandbox.post("exhaust", instance_type="r5.2xlarge", zone="us-east-1a")
    (instance_id,) = account.run(InstanceType="r5.2xlarge")
    assert account.instance(instance_id)["Placement"]["AvailabilityZone"] != "us-east-1a"


def test_as_many_are_launched_as_there_is_room_for(account):
    # A region of its own for this test: nobody else takes from its pools.
    west = account.client("ec2", "us-west-2")
    name = "/aws/service/eks/optimized-ami/1.33/amazon-linux-2023/x86_64/standard/recommended/image_id"
    image = account.client("ssm", "us-west-2").get_parameter(Name=name)["Parameter"]["Value"]
    request = {
        "ImageId": image,
        "InstanceType": "m5.4xlarge",
        "Placement": {"AvailabilityZone": "us-west-2a"},
        "InstanceMarketOptions": {"MarketType": "spot"},
    }
    launched = west.run_instances(MinCount=1, MaxCount=5000, **request)["Instances"]
    assert 0 < len(launched) < 5000
    with pytest.raises(ClientError, match="InsufficientInstanceCapacity"):
        west.run_instances(MinCount=100, MaxCount=100, **request)
    west.terminate_instances(InstanceIds=[one["InstanceId"] for one in launched])
    assert len(west.run_instances(MinCount=100, MaxCount=100, **request)["Instances"]) == 100
