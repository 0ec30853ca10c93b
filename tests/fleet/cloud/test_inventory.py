from datetime import UTC, datetime, timedelta

import pytest

from apps.fleet.cloud.aws import inventory
from apps.fleet.errors import CloudRefused

from .aws_account import Account, eventually

UNKNOWN = "i-0123456789abcdef0"


def test_lists_every_instance_across_pages(account: Account, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(inventory, "PAGE", 5)
    ids = account.run(12)
    assert sorted(one.id for one in account.cloud.instances()) == sorted(ids)


def test_lists_nothing_that_has_terminated(account: Account):
    gone, living = account.run(2)
    account.cloud.terminate(gone)
    eventually(
        "only the living one is listed", lambda: [one.id for one in account.cloud.instances()] == [living]
    )


def test_lists_only_what_was_launched_after_a_time(account: Account):
    account.run()
    now = datetime.now(UTC)
    assert len(list(account.cloud.instances(launched_after=now - timedelta(minutes=1)))) == 1
    assert list(account.cloud.instances(launched_after=now + timedelta(minutes=1))) == []


def test_describes_an_instance_in_the_fleets_words(account: Account):
    [instance] = account.run(team="search")
    seen = account.cloud.instances_by_id([instance])[instance]
    assert (seen.instance_type, seen.lifecycle, seen.tags) == ("m5.large", "on_demand", {"team": "search"})
    assert seen.zone in account.subnets
    assert seen.subnet_id == account.subnets[seen.zone]
    assert seen.launched_at.tzinfo is not None
    assert seen.image_id == account.image()


def test_unknown_instances_are_simply_absent(account: Account):
    ids = account.run(2)
    assert set(account.cloud.instances_by_id([*ids, UNKNOWN])) == set(ids)
    assert account.cloud.instances_by_id([UNKNOWN]) == {}
    assert account.cloud.instances_by_id([]) == {}


def test_asks_in_batches(account: Account, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(inventory, "IDS_PER_CALL", 2)
    ids = account.run(5)
    assert set(account.cloud.instances_by_id([*ids, UNKNOWN])) == set(ids)


def test_a_malformed_id_is_refused_rather_than_asked_for_ever(account: Account):
    with pytest.raises(CloudRefused):
        account.cloud.instances_by_id(["no-instance"])


def test_status_checks_pass_some_time_after_the_launch(account: Account):
    [instance] = account.run()
    eventually("checks pass", lambda: account.cloud.passed_status_checks([instance, UNKNOWN]) == {instance})
    account.cloud.terminate(instance)
    assert account.cloud.passed_status_checks([instance]) == frozenset()


def test_describes_groups_with_their_template(account: Account):
    members = account.group(least=1, desired=2, team="search")
    [group] = account.cloud.groups()
    assert (group.name, group.min_size, group.desired, group.max_size) == ("workers", 1, 2, 10)
    assert sorted(group.instance_ids) == sorted(members)
    assert group.tags == {"team": "search"}
    assert set(group.subnet_ids) == {account.subnets["us-east-1a"], account.subnets["us-east-1b"]}
    assert account.cloud.launch_spec(group.launch_template_id, group.launch_template_version).image_id


def test_knows_the_zone_of_a_subnet(account: Account):
    subnet = account.subnets["us-east-1b"]
    assert account.cloud.subnets([subnet]) == {subnet: "us-east-1b"}
    assert account.cloud.subnets([]) == {}


def test_tags_an_instance(account: Account):
    [instance] = account.run(team="search")
    account.cloud.tag(instance, {"atharva.ai/switch": "s-1"})
    assert account.cloud.instances_by_id([instance])[instance].tags == {
        "team": "search",
        "atharva.ai/switch": "s-1",
    }
