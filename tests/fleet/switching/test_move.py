"""A node moves from one pool to another: the whole way, on real servers."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.fleet.models import CostEntry, Instance, Pool
from apps.fleet.services import ledger
from apps.fleet.services.pools import pool_of
from apps.fleet.statuses import InstanceState, Lifecycle, ManagedBy, SwitchState
from tests.world.tenant import REGION

from .conftest import Driver

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("8.8")
def test_a_node_moves_and_its_pods_follow(small: Driver) -> None:
    node, *others = small.tenant.nodes()
    small.tenant.deployment("web", replicas=3, on=node.name, min_available=2)

    switch = small.finish(small.suggest(node))

    assert small.seen == ["preparing", "switching", "verifying", "complete"]
    assert [step.state for step in switch.steps.all()] == [
        "suggested",
        "preparing",
        "switching",
        "verifying",
        "complete",
    ]
    assert small.tenant.ready("web") == 3
    assert small.tenant.living() == {n.instance.ec2_id for n in others} | {switch.new_instance.ec2_id}
    old = Instance.objects.get(pk=node.instance.pk)
    assert old.state == InstanceState.TERMINATED
    assert switch.new_instance.managed_by == ManagedBy.ATHARVA
    assert switch.saving_hourly_usd >= switch.saving_promised_hourly_usd / 2


@pytest.mark.requirement("P3.6")
def test_no_budget_is_broken_on_the_way(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    small.tenant.deployment("critical", replicas=3, on=node.name, min_available=2)
    path = f"clusters/{small.tenant.name}/lowest?namespace=default&selector=app=critical"
    small.tenant.kube.ask(path, method="POST", body={})

    small.finish(small.suggest(node))

    assert small.tenant.kube.ask(path)["lowest"] >= 2


def test_the_replacement_is_ready_before_the_first_eviction(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    small.tenant.deployment("web", replicas=2, on=node.name)
    before = small.tenant.pods_on(node.name)

    switch = small.reach(small.suggest(node), SwitchState.PREPARING)
    assert small.tenant.pods_on(node.name) == before
    switch = small.reach(switch, SwitchState.SWITCHING)

    new = small.tenant.core.read_node(switch.new_instance.node_name)
    assert any(c.type == "Ready" and c.status == "True" for c in new.status.conditions)


@pytest.mark.requirement("2.4")
def test_the_ledger_counts_the_overlap_as_cost_and_the_saving_after(small: Driver) -> None:
    node = small.tenant.nodes()[0]
    switch = small.finish(small.suggest(node))
    later = timezone.now() + timedelta(hours=2)

    ledger.accrue(now=later)
    first = list(CostEntry.objects.filter(cluster=small.tenant.cluster).values_list("instance", "paid_usd"))
    ledger.accrue(now=later)

    assert sorted(
        CostEntry.objects.filter(cluster=small.tenant.cluster).values_list("instance", "paid_usd")
    ) == sorted(first)
    new = CostEntry.objects.filter(instance=switch.new_instance.ec2_id).order_by("starts_at")
    overlap = (switch.old_instance.terminated_at - switch.new_instance.launched_at).total_seconds()
    run = (later - switch.new_instance.launched_at).total_seconds()
    on_demand = switch.to_pool.on_demand_hourly_usd
    assert float(sum(row.baseline_usd for row in new)) == pytest.approx(
        float(on_demand) * (run - overlap) / 3600, rel=0.01
    )


def test_a_replacement_of_the_other_architecture_joins(small: Driver) -> None:
    """On EKS: its image is AWS's, by the public parameter; everything else is as on the old node."""
    node = small.tenant.nodes()[0]
    arm = Pool.objects.filter(
        region=REGION,
        lifecycle=Lifecycle.SPOT,
        instance_type__architecture="arm64",
        instance_type__cpu_milli=4000,
        price_hourly_usd__lt=pool_of(node.instance).price_hourly_usd,
    )

    switch = small.finish(small.suggest(node, to=list(arm[:4])))

    assert switch.state == SwitchState.COMPLETE, switch.detail
    replacement = switch.new_instance
    assert replacement.instance_type.architecture == "arm64"
    joined = small.tenant.core.read_node(Instance.objects.get(pk=replacement.pk).node_name)
    assert joined.metadata.labels["kubernetes.io/arch"] == "arm64"
