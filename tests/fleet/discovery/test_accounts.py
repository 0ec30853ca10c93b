"""Full discovery: what is found, whose it is, and what happens when an account cannot be read."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.fleet.models import CloudAccount, Instance, NodeGroup
from apps.fleet.services import discovery
from apps.fleet.services.discovery import instances, pages
from apps.fleet.services.discovery.place import place_of
from apps.fleet.statuses import InstanceState, Lifecycle, ManagedBy
from tests.factories import ClusterFactory, InstanceFactory, LooseInstanceFactory
from tests.fleet.cloud.aws_account import Account, eventually
from tests.world.servers import AwsEmulator

OWNED = {"kubernetes.io/cluster/prod": "owned"}
LONG_AGO = timedelta(hours=1)


def row(ec2_id: str) -> Instance:
    return Instance.objects.select_related("cluster", "group", "instance_type").get(ec2_id=ec2_id)


def test_finds_instances_with_type_zone_and_launch_time(account: CloudAccount, aws: Account):
    [ec2_id] = aws.run(team="search")
    assert discovery.discover_account(account.pk) == ""
    found, seen = row(ec2_id), aws.cloud.instances_by_id([ec2_id])[ec2_id]
    assert (found.account_id, found.region, found.zone) == (account.pk, "us-east-1", seen.zone)
    assert (found.lifecycle, found.launched_at) == (Lifecycle.ON_DEMAND, seen.launched_at)
    assert (found.instance_type.architecture, found.instance_type.cpu_milli) == ("amd64", 2000)
    assert (found.instance_type.family, found.instance_type.generation) == ("m5", 5)
    assert (found.tags, found.managed_by, found.cluster) == ({"team": "search"}, ManagedBy.NOBODY, None)
    account.refresh_from_db()
    assert account.discovered_at is not None


@pytest.mark.parametrize(
    ("tags", "manager"),
    [
        ({"atharva.ai/switch": "s-1", "karpenter.sh/nodepool": "general"}, ManagedBy.ATHARVA),
        ({"karpenter.sh/nodepool": "general"}, ManagedBy.KARPENTER),
        ({"team": "search"}, ManagedBy.NOBODY),
    ],
)
def test_tags_say_who_manages_an_instance(
    account: CloudAccount, aws: Account, tags: dict[str, str], manager: ManagedBy
):
    [ec2_id] = aws.run(**tags)
    discovery.discover_account(account.pk)
    assert row(ec2_id).managed_by == manager


@pytest.mark.parametrize("tags", [OWNED, {"eks:cluster-name": "prod"}])
def test_tags_say_which_cluster_an_instance_belongs_to(
    account: CloudAccount, aws: Account, tags: dict[str, str]
):
    cluster = ClusterFactory(account=account, name="prod")
    ClusterFactory(name="prod")
    [ec2_id] = aws.run(**tags)
    discovery.discover_account(account.pk)
    assert row(ec2_id).cluster == cluster


def test_a_cluster_of_another_region_has_no_part_in_it(account: CloudAccount, aws: Account):
    ClusterFactory(account=account, name="prod", region="us-west-2")
    [ec2_id] = aws.run(**OWNED)
    discovery.discover_account(account.pk)
    assert row(ec2_id).cluster is None


def test_an_instance_found_before_its_cluster_was_connected_joins_it(account: CloudAccount, aws: Account):
    [ec2_id] = aws.run(**OWNED)
    discovery.discover_account(account.pk)
    cluster = ClusterFactory(account=account, name="prod")
    discovery.discover_account(account.pk)
    assert row(ec2_id).cluster == cluster


def test_a_group_and_its_members(account: CloudAccount, aws: Account):
    cluster = ClusterFactory(account=account, name="prod")
    members = aws.group("workers", least=1, desired=2, **OWNED)
    discovery.discover_account(account.pk)
    group = NodeGroup.objects.get(account=account)
    assert (group.name, group.cluster, group.min_size, group.desired) == ("workers", cluster, 1, 2)
    assert group.max_size == 10
    assert group.launch_template_id.startswith("lt-")
    assert {row(one).group for one in members} == {group}
    assert {row(one).managed_by for one in members} == {ManagedBy.GROUP}


def test_a_group_that_grew_is_updated_and_what_was_taken_is_kept(account: CloudAccount, aws: Account):
    aws.group("workers", desired=2)
    discovery.discover_account(account.pk)
    NodeGroup.objects.update(taken=1)
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName="workers", MaxSize=20)
    discovery.discover_account(account.pk)
    group = NodeGroup.objects.get(account=account)
    assert (group.max_size, group.taken) == (20, 1)


def test_a_group_that_is_gone_is_forgotten(account: CloudAccount, aws: Account):
    aws.group("workers")
    discovery.discover_account(account.pk)
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="workers", ForceDelete=True)
    discovery.discover_account(account.pk)
    assert not NodeGroup.objects.filter(account=account).exists()


def test_every_region_of_the_account_is_read(account: CloudAccount, aws: Account):
    account.regions = ["us-east-1", "us-west-2"]
    account.save()
    [east], [west] = aws.run(), aws.run(region="us-west-2")
    discovery.discover_account(account.pk)
    assert (row(east).region, row(west).region) == ("us-east-1", "us-west-2")


def test_what_ec2_no_longer_lists_has_terminated(account: CloudAccount, aws: Account):
    gone = LooseInstanceFactory(account=account, seen_at=timezone.now() - LONG_AGO)
    elsewhere = LooseInstanceFactory(account=account, region="us-west-2", seen_at=timezone.now() - LONG_AGO)
    [living] = aws.run()
    before = timezone.now()
    discovery.discover_account(account.pk)
    assert row(gone.ec2_id).state == InstanceState.TERMINATED
    assert row(gone.ec2_id).terminated_at >= before
    assert row(living).state != InstanceState.TERMINATED
    assert row(elsewhere.ec2_id).state == InstanceState.RUNNING


def test_what_was_only_just_launched_may_be_missing_from_the_list(account: CloudAccount, aws: Account):
    new = LooseInstanceFactory(account=account, state=InstanceState.PENDING, launched_at=timezone.now())
    discovery.discover_account(account.pk)
    assert row(new.ec2_id).state == InstanceState.PENDING


def test_a_list_that_broke_off_ends_nothing(account: CloudAccount, aws_emulator: AwsEmulator, aws: Account):
    kept = LooseInstanceFactory(account=account, seen_at=timezone.now() - LONG_AGO)
    aws_emulator.order("throttle", api="DescribeInstances", per_second=0, burst=0, seconds=60)
    try:
        problem = discovery.discover_account(account.pk)
    finally:
        aws_emulator.order("reset")
    assert f"Account {account.name} could not be read in us-east-1: AWS throttles" in problem
    assert row(kept.ec2_id).state == InstanceState.RUNNING


def test_an_account_that_cannot_be_read_says_why_until_it_can(account: CloudAccount, aws: Account, settings):
    # No client of this region exists yet, so the first one takes the endpoint below.
    account.regions = ["eu-central-2"]
    account.save()
    reachable, settings.AWS_ENDPOINT_URL = settings.AWS_ENDPOINT_URL, "http://127.0.0.1:1"
    discovery.discover_account(account.pk)
    account.refresh_from_db()
    said = f"Account {account.name} could not be read in eu-central-2: AWS did not answer"
    assert account.problem.startswith(said)
    assert account.discovered_at is None
    settings.AWS_ENDPOINT_URL = reachable
    account.regions = ["us-east-1"]
    account.save()
    discovery.discover_account(account.pk)
    account.refresh_from_db()
    assert (account.problem, account.discovered_at is None) == ("", False)


def test_a_region_in_trouble_does_not_stop_the_others(account: CloudAccount, aws: Account):
    account.regions = ["nowhere-1", "us-east-1"]
    account.save()
    [ec2_id] = aws.run()
    assert "could not be read in nowhere-1" in discovery.discover_account(account.pk)
    assert row(ec2_id).region == "us-east-1"


def test_discovery_writes_nothing_that_others_know_better(account: CloudAccount, aws: Account):
    cluster = ClusterFactory(account=account, name="prod")
    [ec2_id] = aws.run()
    joined = timezone.now()
    InstanceFactory(
        ec2_id=ec2_id,
        account=account,
        cluster=cluster,
        state=InstanceState.DRAINING,
        node_name="node-a",
        node_ready=True,
        joined_at=joined,
        instance_type__name="m5.large",
    )
    eventually("it runs", lambda: aws.cloud.instances_by_id([ec2_id])[ec2_id].state == "running")
    discovery.discover_account(account.pk)
    found = row(ec2_id)
    assert (found.state, found.node_name, found.node_ready) == (InstanceState.DRAINING, "node-a", True)
    assert (found.joined_at, found.cluster) == (joined, cluster)


def test_a_stopped_instance_costs_nothing_until_it_is_started(account: CloudAccount, aws: Account):
    [ec2_id] = aws.run()
    discovery.discover_account(account.pk)
    aws.ec2.stop_instances(InstanceIds=[ec2_id])
    discovery.discover_account(account.pk)
    assert row(ec2_id).state == InstanceState.TERMINATED
    aws.ec2.start_instances(InstanceIds=[ec2_id])
    discovery.discover_account(account.pk)
    assert row(ec2_id).state in (InstanceState.PENDING, InstanceState.RUNNING)
    assert row(ec2_id).terminated_at is None


def test_a_page_costs_the_same_queries_however_long_it_is(account: CloudAccount, aws: Account):
    ClusterFactory(account=account, name="prod")
    few, many = aws.run(2, **OWNED) + aws.run(2), aws.run(10, **OWNED) + aws.run(20)
    eventually("all run", lambda: {one.state for one in aws.cloud.instances()} == {"running"})
    place = place_of(account, "us-east-1")
    place.knows_type("m5.large")
    spent = []
    for ids in (few, many):
        page = list(aws.cloud.instances_by_id(ids).values())
        with CaptureQueriesContext(connection) as queries:
            instances.store(place, page, timezone.now())
        spent.append(len(queries))
    assert spent[0] == spent[1] <= 6


def test_takes_a_large_account_page_by_page(
    account: CloudAccount, aws: Account, monkeypatch: pytest.MonkeyPatch
):
    ids = aws.run(25)
    monkeypatch.setattr(pages.in_pages, "__defaults__", (10,))
    with CaptureQueriesContext(connection) as queries:
        discovery.discover_account(account.pk)
    inserts = [one["sql"] for one in queries if one["sql"].startswith('INSERT INTO "fleet_instance" ')]
    assert [sum(ec2_id in sql for ec2_id in ids) for sql in inserts] == [10, 10, 5]
    assert Instance.objects.filter(ec2_id__in=ids).count() == 25
