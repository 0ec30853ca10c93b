import pytest
from botocore.exceptions import ClientError


def launched(answer):
    return [(row["InstanceType"], row["Lifecycle"], len(row["InstanceIds"])) for row in answer["Instances"]]


def codes(answer):
    return [error["ErrorCode"] for error in answer["Errors"]]


def pool(instance_type, zone="us-east-1a", **more):
    return {"InstanceType": instance_type, "AvailabilityZone": zone, **more}


def test_instant_fleet_launches_what_template_and_override_say(account):
    account.template(
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "from", "Value": "template"}]}]
    )
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "switch", "Value": "7"}]}]
    answer = account.fleet(pool("c5.xlarge", "us-east-1b"), TagSpecifications=tags)
    assert answer["Errors"] == []
    assert launched(answer) == [("c5.xlarge", "spot", 1)]
    one = account.instance(answer["Instances"][0]["InstanceIds"][0])
    assert one["InstanceLifecycle"] == "spot"
    assert one["Placement"]["AvailabilityZone"] == "us-east-1b"
    wanted = {"from": "template", "switch": "7", "aws:ec2:fleet-id": answer["FleetId"]}
    assert wanted.items() <= {tag["Key"]: tag["Value"] for tag in one["Tags"]}.items()


def test_override_names_a_subnet(account):
    account.template()
    subnet = account.ec2.describe_subnets()["Subnets"][2]
    answer = account.fleet({"InstanceType": "m5.large", "SubnetId": subnet["SubnetId"]})
    assert account.instance(answer["Instances"][0]["InstanceIds"][0])["SubnetId"] == subnet["SubnetId"]


@pytest.mark.parametrize(
    ("version", "instance_type"), [("$Latest", "c5.large"), ("$Default", "m5.large"), ("2", "c5.large")]
)
def test_launch_template_versions(account, version, instance_type):
    account.template()
    account.ec2.create_launch_template_version(
        LaunchTemplateName="nodes",
        LaunchTemplateData={"ImageId": account.image(), "InstanceType": "c5.large"},
    )
    config = {"LaunchTemplateSpecification": {"LaunchTemplateName": "nodes", "Version": version}}
    assert launched(account.fleet(LaunchTemplateConfigs=[config])) == [(instance_type, "spot", 1)]


def test_on_demand_capacity_is_launched_without_a_lifecycle(account):
    account.template()
    target = {"TotalTargetCapacity": 2, "DefaultTargetCapacityType": "on-demand"}
    answer = account.fleet(pool("m5.large"), TargetCapacitySpecification=target)
    assert launched(answer) == [("m5.large", "on-demand", 2)]
    assert "InstanceLifecycle" not in account.instance(answer["Instances"][0]["InstanceIds"][0])


def test_lowest_price_takes_the_cheapest_pool(account, sandbox):
    account.template()
    sandbox.post("price", instance_type="r5.large", zone="us-east-1a", usd=0.001)
    answer = account.fleet(
        pool("c5.large"), pool("r5.large"), SpotOptions={"AllocationStrategy": "lowest-price"}
    )
    assert launched(answer) == [("r5.large", "spot", 1)]


def test_price_capacity_optimized_takes_the_cheapest_pool_that_has_room(account, sandbox):
    account.template()
    sandbox.post("price", instance_type="r5.large", zone="us-east-1a", usd=0.002)
    sandbox.post("price", instance_type="m5.xlarge", zone="us-east-1a", usd=0.001)
    sandbox.post("exhaust", instance_type="m5.xlarge", zone="us-east-1a")
    answer = account.fleet(pool("c5.large"), pool("m5.xlarge"), pool("r5.large"))
    assert launched(answer) == [("r5.large", "spot", 1)]


def test_capacity_optimized_prioritized_follows_priority(account):
    account.template()
    options = {"SpotOptions": {"AllocationStrategy": "capacity-optimized-prioritized"}}
    first = account.fleet(pool("c5.large", Priority=2), pool("m5.large", Priority=1), **options)
    assert launched(first) == [("m5.large", "spot", 1)]
    second = account.fleet(pool("c5.large", Priority=1), pool("m5.large", Priority=2), **options)
    assert launched(second) == [("c5.large", "spot", 1)]


def test_exhausted_pools_answer_200_with_errors(account, sandbox):
    account.template()
    sandbox.post("exhaust", instance_type="m5.4xlarge", minutes=1)
    answer = account.fleet(pool("m5.4xlarge"), pool("m5.4xlarge", "us-east-1b"))
    assert answer["Instances"] == []
    assert codes(answer) == ["InsufficientInstanceCapacity"] * 2 + ["UnfulfillableCapacity"]
    named = answer["Errors"][0]["LaunchTemplateAndOverrides"]["Overrides"]
    assert named["InstanceType"] == "m5.4xlarge"
    sandbox.post("refill", instance_type="m5.4xlarge")
    assert launched(account.fleet(pool("m5.4xlarge"))) == [("m5.4xlarge", "spot", 1)]


def test_errors_and_instances_come_together(account):
    account.template()
    answer = account.fleet(
        pool("m5.large"), {"InstanceType": "m5.large", "SubnetId": "subnet-0123456789abcdef0"}
    )
    assert launched(answer) == [("m5.large", "spot", 1)]
    assert codes(answer) == ["InvalidSubnetID.NotFound"]


def test_spot_quota_ends_in_max_spot_instance_count_exceeded(account, sandbox):
    account.template()
    sandbox.post("quota", account_id=account.id, region="us-east-1", vcpus=5)
    answer = account.fleet(pool("m5.large"), count=3)
    assert launched(answer) == [("m5.large", "spot", 2)]
    assert "MaxSpotInstanceCountExceeded" in codes(answer)


def test_max_price_below_the_market_launches_nothing(account):
    account.template()
    answer = account.fleet(pool("m5.large", MaxPrice="0.0001"))
    assert answer["Instances"] == []
    assert "SpotMaxPriceTooLow" in codes(answer)


def test_same_token_is_one_launch_and_other_parameters_are_refused(account):
    account.template()
    first = account.fleet(pool("m5.large"), ClientToken="switch-1")
    again = account.fleet(pool("m5.large"), ClientToken="switch-1")
    assert (again["FleetId"], again["Instances"]) == (first["FleetId"], first["Instances"])
    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        account.fleet(pool("c5.large"), ClientToken="switch-1")
    assert len(account.ec2.describe_instances()["Reservations"]) == 1


def test_dry_run_launches_nothing(account):
    account.template()
    with pytest.raises(ClientError, match="DryRunOperation"):
        account.fleet(pool("m5.large"), DryRun=True)
    assert account.ec2.describe_instances()["Reservations"] == []


def test_unknown_launch_template_is_refused(account):
    with pytest.raises(ClientError, match=r"InvalidLaunchTemplateName\.NotFoundException"):
        account.fleet(pool("m5.large"))
