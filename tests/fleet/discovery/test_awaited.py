"""The incremental look at instances that somebody waits for."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.fleet.models import CloudAccount, Instance
from apps.fleet.services import discovery
from apps.fleet.statuses import InstanceState
from tests.factories import (
    CloudAccountFactory,
    ClusterFactory,
    InstanceFactory,
    LooseInstanceFactory,
    SwitchFactory,
)
from tests.fleet.cloud.aws_account import Account, eventually
from tests.world.servers import AwsEmulator

A_WHILE = timedelta(minutes=1)
UNKNOWN = "i-0123456789abcdef0"


def row(ec2_id: str) -> Instance:
    return Instance.objects.get(ec2_id=ec2_id)


def booting(account: CloudAccount, aws: Account, **fields: object) -> Instance:
    [ec2_id] = aws.run()
    made: Instance = LooseInstanceFactory(
        account=account,
        ec2_id=ec2_id,
        state=InstanceState.PENDING,
        status_checks_passed=False,
        seen_at=timezone.now() - A_WHILE,
        instance_type__name="m5.large",
        **fields,
    )
    return made


def test_a_booting_instance_is_followed_until_its_checks_pass(account: CloudAccount, aws: Account):
    instance = booting(account, aws)

    def passed() -> bool:
        discovery.refresh_instances(account, "us-east-1", [instance.ec2_id])
        return row(instance.ec2_id).status_checks_passed

    eventually("its status checks pass", passed)
    assert row(instance.ec2_id).state == InstanceState.RUNNING


def test_an_instance_that_has_no_row_gets_one(account: CloudAccount, aws: Account):
    cluster = ClusterFactory(account=account, name="prod")
    [ec2_id] = aws.run(**{"kubernetes.io/cluster/prod": "owned"})
    discovery.refresh_instances(account, "us-east-1", [ec2_id])
    assert row(ec2_id).cluster == cluster


def test_a_terminated_instance_ends(account: CloudAccount, aws: Account):
    instance = booting(account, aws)
    aws.cloud.terminate(instance.ec2_id)
    discovery.refresh_instances(account, "us-east-1", [instance.ec2_id])
    assert row(instance.ec2_id).state == InstanceState.TERMINATED
    assert row(instance.ec2_id).terminated_at is not None


def test_what_ec2_does_not_know_has_ended_unless_it_is_very_new(account: CloudAccount, aws: Account):
    new = LooseInstanceFactory(account=account, launched_at=timezone.now())
    old = LooseInstanceFactory(account=account)
    discovery.refresh_instances(account, "us-east-1", [new.ec2_id, old.ec2_id, UNKNOWN])
    assert row(new.ec2_id).state == InstanceState.RUNNING
    assert row(old.ec2_id).state == InstanceState.TERMINATED
    assert not Instance.objects.filter(ec2_id=UNKNOWN).exists()


def test_a_draining_node_stays_draining(account: CloudAccount, aws: Account):
    instance = booting(account, aws)
    eventually(
        "it runs", lambda: aws.cloud.instances_by_id([instance.ec2_id])[instance.ec2_id].state == "running"
    )
    Instance.objects.filter(pk=instance.pk).update(state=InstanceState.DRAINING)
    discovery.refresh_instances(account, "us-east-1", [instance.ec2_id])
    assert row(instance.ec2_id).state == InstanceState.DRAINING


def test_an_unchanged_instance_costs_two_queries_and_one_call(
    account: CloudAccount, aws: Account, aws_emulator: AwsEmulator
):
    instance = booting(account, aws)
    eventually("checks pass", lambda: aws.cloud.passed_status_checks([instance.ec2_id]))
    discovery.refresh_instances(account, "us-east-1", [instance.ec2_id])
    before = aws_emulator.ask("calls")
    with CaptureQueriesContext(connection) as queries:
        discovery.refresh_instances(account, "us-east-1", [instance.ec2_id])
    after = aws_emulator.ask("calls")
    assert len(queries) == 2
    assert {name for name in after if after[name] != before.get(name)} == {"ec2:DescribeInstances"}
    assert after["ec2:DescribeInstances"] == before["ec2:DescribeInstances"] + 1


def test_awaits_what_boots_and_what_is_being_switched(account: CloudAccount, aws: Account):
    before = timezone.now() - A_WHILE
    boots = booting(account, aws)
    cluster = ClusterFactory(account=account)
    leaves, arrives, stays = (
        InstanceFactory(cluster=cluster, ec2_id=ec2_id, seen_at=before, instance_type__name="m5.large")
        for ec2_id in aws.run(3)
    )
    SwitchFactory(cluster=cluster, old_instance=leaves, new_instance=arrives)
    assert discovery.refresh_awaited() == 3
    assert {one.ec2_id for one in Instance.objects.filter(seen_at__gt=before)} == {
        boots.ec2_id,
        leaves.ec2_id,
        arrives.ec2_id,
    }
    assert row(stays.ec2_id).seen_at == before


def test_what_was_just_seen_is_not_asked_for_again(account: CloudAccount, aws: Account):
    booting(account, aws)
    assert discovery.refresh_awaited() == 1
    assert discovery.refresh_awaited() == 0


def test_one_call_takes_all_of_an_account(account: CloudAccount, aws: Account, aws_emulator: AwsEmulator):
    for _ in range(5):
        booting(account, aws)
    before = aws_emulator.ask("calls")["ec2:DescribeInstances"]
    discovery.refresh_awaited()
    assert aws_emulator.ask("calls")["ec2:DescribeInstances"] == before + 1


def test_an_account_that_cannot_be_reached_does_not_stop_the_others(account: CloudAccount, aws: Account):
    broken = CloudAccountFactory(regions=["nowhere-2"])
    LooseInstanceFactory(
        account=broken, state=InstanceState.PENDING, seen_at=timezone.now() - timedelta(hours=1)
    )
    instance = booting(account, aws)
    seen_before = instance.seen_at
    discovery.refresh_awaited()
    assert row(instance.ec2_id).seen_at > seen_before
