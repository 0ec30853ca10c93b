import pytest
from botocore.exceptions import ClientError


class Group:
    def __init__(self, account, **request):
        self.account = account
        self.api = account.client("autoscaling")
        asked = {
            "AutoScalingGroupName": "nodes",
            "MinSize": 1,
            "MaxSize": 10,
            "DesiredCapacity": 3,
            "AvailabilityZones": ["us-east-1a", "us-east-1b", "us-east-1c"],
            "Tags": [
                {"Key": "cluster", "Value": "a", "PropagateAtLaunch": True},
                {"Key": "secret", "Value": "b", "PropagateAtLaunch": False},
            ],
        }
        if not request.keys() & {"MixedInstancesPolicy", "LaunchTemplate"}:
            asked["LaunchTemplate"] = account.template()
        self.api.create_auto_scaling_group(**{**asked, **request})

    @property
    def described(self):
        return self.api.describe_auto_scaling_groups(AutoScalingGroupNames=["nodes"])["AutoScalingGroups"][0]

    @property
    def members(self):
        return [one["InstanceId"] for one in self.described["Instances"]]

    def leave(self, instance_id, *, decrement):
        self.api.terminate_instance_in_auto_scaling_group(
            InstanceId=instance_id, ShouldDecrementDesiredCapacity=decrement
        )


def mixed(*types, **distribution):
    specification = {"LaunchTemplateName": "nodes", "Version": "$Latest"}
    return {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": specification,
            "Overrides": [{"InstanceType": name} for name in types],
        },
        "InstancesDistribution": distribution,
    }


def test_members_are_tagged_and_spread_over_zones(account):
    group = Group(account)
    zones = [one["AvailabilityZone"] for one in group.described["Instances"]]
    assert sorted(zones) == ["us-east-1a", "us-east-1b", "us-east-1c"]
    tags = {tag["Key"]: tag["Value"] for tag in account.instance(group.members[0])["Tags"]}
    assert tags["aws:autoscaling:groupName"] == "nodes"
    assert tags["cluster"] == "a"
    assert "secret" not in tags


def test_members_are_pending_and_then_in_service(account, until):
    group = Group(account)
    assert {one["LifecycleState"] for one in group.described["Instances"]} == {"Pending"}
    until(lambda: {one["LifecycleState"] for one in group.described["Instances"]} == {"InService"})


def test_a_terminated_member_is_replaced(account, until):
    group = Group(account)
    before = group.members
    account.ec2.terminate_instances(InstanceIds=before[:1])
    assert before[0] not in group.members
    until(lambda: len(group.members) == 3)
    assert group.described["DesiredCapacity"] == 3
    assert len(set(group.members) - set(before)) == 1


def test_an_interrupted_member_is_replaced(account, sandbox, until):
    named = account.template(InstanceMarketOptions={"MarketType": "spot"})
    group = Group(account, LaunchTemplate=named)
    taken = group.members[0]
    assert account.instance(taken)["InstanceLifecycle"] == "spot"
    sandbox.post("interrupt", instance_id=taken, seconds=0.2)
    until(lambda: taken not in group.members and len(group.members) == 3)


def test_leaving_with_a_decrement_launches_nothing(account, until):
    group = Group(account)
    before = group.members
    group.leave(before[0], decrement=True)
    assert group.described["DesiredCapacity"] == 2
    until(lambda: account.state(before[0]) == "terminated")
    # A refill comes 2 s after a member left: wait for the refill of a later one to know none came before.
    account.ec2.terminate_instances(InstanceIds=[before[1]])
    until(lambda: len(group.members) == 2)
    assert len(set(group.members) - set(before)) == 1


def test_leaving_without_a_decrement_is_replaced(account, until):
    group = Group(account)
    before = group.members
    group.leave(before[0], decrement=False)
    until(lambda: len(group.members) == 3)
    assert before[0] not in group.members


def test_leaving_below_the_minimum_is_refused(account):
    group = Group(account, MinSize=3)
    with pytest.raises(ClientError, match=r"ValidationError.*desiredSize equals minSize \(3\)"):
        group.leave(group.members[0], decrement=True)
    assert group.described["DesiredCapacity"] == 3
    assert account.state(group.members[0]) in ("pending", "running")


def test_desired_capacity_follows_and_keeps_its_bounds(account, until):
    group = Group(account)
    group.api.set_desired_capacity(AutoScalingGroupName="nodes", DesiredCapacity=5)
    assert len(group.members) == 5
    group.api.set_desired_capacity(AutoScalingGroupName="nodes", DesiredCapacity=1)
    assert len(group.members) == 1
    with pytest.raises(ClientError, match="above max value 10"):
        group.api.set_desired_capacity(AutoScalingGroupName="nodes", DesiredCapacity=11)
    with pytest.raises(ClientError, match="below min value 1"):
        group.api.set_desired_capacity(AutoScalingGroupName="nodes", DesiredCapacity=0)


def test_a_mixed_policy_makes_spot_members_above_its_on_demand_base(account):
    account.template()
    policy = mixed("m5.large", "c5.large", OnDemandBaseCapacity=2, OnDemandPercentageAboveBaseCapacity=0)
    group = Group(account, MixedInstancesPolicy=policy, DesiredCapacity=6)
    lifecycles = [account.instance(name).get("InstanceLifecycle") for name in group.members]
    assert (lifecycles.count(None), lifecycles.count("spot")) == (2, 4)


def test_a_mixed_policy_has_members_of_several_types_and_zones(account):
    account.template()
    policy = mixed(
        "m5.large",
        "c5.large",
        "r5.large",
        OnDemandPercentageAboveBaseCapacity=0,
        SpotAllocationStrategy="lowest-price",
        SpotInstancePools=1,
    )
    group = Group(account, MixedInstancesPolicy=policy, DesiredCapacity=9)
    rows = group.described["Instances"]
    assert {one["InstanceType"] for one in rows} == {"m5.large", "c5.large", "r5.large"}
    assert {one["AvailabilityZone"] for one in rows} == {"us-east-1a", "us-east-1b", "us-east-1c"}


def test_an_update_keeps_the_mixed_policy(account):
    account.template()
    group = Group(account, MixedInstancesPolicy=mixed("m5.large", OnDemandPercentageAboveBaseCapacity=0))
    group.api.update_auto_scaling_group(AutoScalingGroupName="nodes", MinSize=0)
    group.api.set_desired_capacity(AutoScalingGroupName="nodes", DesiredCapacity=4)
    assert "MixedInstancesPolicy" in group.described
    assert account.instance(group.members[-1])["InstanceLifecycle"] == "spot"


def test_a_group_without_capacity_fills_up_when_there_is_some(account, sandbox, until):
    account.template(InstanceType="r7i.4xlarge")
    sandbox.post("exhaust", instance_type="r7i.4xlarge", lifecycle="on-demand")
    group = Group(account, MixedInstancesPolicy=mixed("r7i.4xlarge"), DesiredCapacity=2)
    assert group.members == []
    sandbox.post("refill", instance_type="r7i.4xlarge")
    until(lambda: len(group.members) == 2, seconds=20)


def test_deleting_a_group_ends_its_members(account):
    group = Group(account)
    members = group.members
    group.api.delete_auto_scaling_group(AutoScalingGroupName="nodes", ForceDelete=True)
    assert {account.state(name) for name in members} <= {"shutting-down", "terminated"}


def test_a_detached_instance_lives_on_outside_the_group(account, until):
    group = Group(account)
    leaving = group.members[0]
    group.api.detach_instances(
        AutoScalingGroupName="nodes", InstanceIds=[leaving], ShouldDecrementDesiredCapacity=True
    )
    assert leaving not in group.members
    assert group.described["DesiredCapacity"] == 2
    until(lambda: account.state(leaving) == "running")


def test_an_attached_instance_counts_as_a_member(account, until):
    group = Group(account)
    (instance_id,) = account.run()
    group.api.attach_instances(AutoScalingGroupName="nodes", InstanceIds=[instance_id])
    assert instance_id in group.members
    account.ec2.terminate_instances(InstanceIds=[instance_id])
    until(lambda: len(group.members) == 4 and instance_id not in group.members)
