import pytest

from apps.fleet.errors import GroupAtMinimum, InstanceMissing

from .aws_account import Account, eventually

UNKNOWN = "i-0123456789abcdef0"


def state(account: Account, instance_id: str) -> str:
    return account.cloud.instances_by_id([instance_id])[instance_id].state


def test_terminating_twice_is_once(account: Account):
    [instance] = account.run()
    account.cloud.terminate(instance)
    account.cloud.terminate(instance)
    eventually("it has ended", lambda: state(account, instance) == "terminated")


def test_terminating_an_unknown_instance_says_so(account: Account):
    with pytest.raises(InstanceMissing, match=UNKNOWN):
        account.cloud.terminate(UNKNOWN)
    with pytest.raises(InstanceMissing, match=UNKNOWN):
        account.cloud.terminate_in_group(UNKNOWN)


def test_a_member_leaves_and_the_group_wants_one_less(account: Account):
    leaving, staying = account.group(desired=2)
    account.cloud.terminate_in_group(leaving)
    account.cloud.terminate_in_group(leaving)
    eventually("it has ended", lambda: state(account, leaving) == "terminated")
    [group] = account.cloud.groups()
    assert (group.desired, group.instance_ids) == (1, (staying,))


def test_a_group_at_its_minimum_keeps_its_member(account: Account):
    member, _ = account.group("small", least=2, desired=2)
    with pytest.raises(GroupAtMinimum, match="group small is at its minimum of 2"):
        account.cloud.terminate_in_group(member)
    assert state(account, member) in ("pending", "running")


def test_an_instance_that_left_its_group_still_ends(account: Account):
    member, _ = account.group(desired=2)
    account.autoscaling.detach_instances(
        AutoScalingGroupName="workers", InstanceIds=[member], ShouldDecrementDesiredCapacity=True
    )
    account.cloud.terminate_in_group(member)
    eventually("it has ended", lambda: state(account, member) == "terminated")
