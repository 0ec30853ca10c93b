import pytest

from apps.fleet.errors import GroupMissing, GroupTooSmall

from .aws_account import Account, eventually


def test_a_group_gets_its_members_back_and_asking_twice_is_once(account: Account):
    account.group(desired=1)
    for _ in range(2):
        account.cloud.set_desired("workers", 3)
    eventually("it has three members", lambda: len(account.cloud.group("workers").instance_ids) == 3)
    assert account.cloud.group("workers").desired == 3


def test_more_than_the_maximum_is_refused_with_both_numbers(account: Account):
    account.group(desired=1)
    with pytest.raises(GroupTooSmall, match=r"workers would need 11 members; its maximum is 10\. Raise"):
        account.cloud.set_desired("workers", 11)
    assert account.cloud.group("workers").desired == 1


def test_a_group_that_does_not_exist_is_named(account: Account):
    with pytest.raises(GroupMissing, match="no Auto Scaling group nobody"):
        account.cloud.group("nobody")


def test_our_tag_goes_and_the_others_stay(account: Account):
    [instance] = account.run(team="shop", mark="ours")
    for _ in range(2):
        account.cloud.untag(instance, ["mark"])
    assert account.cloud.instances_by_id([instance])[instance].tags == {"team": "shop"}
