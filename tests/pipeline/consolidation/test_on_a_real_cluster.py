"""Consolidation of a cluster that answers: recorded where it may not act, else wave by wave to the end."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.fleet.models import DisruptionBudget, Instance, Launch, Policy, Switch
from apps.fleet.services import switching
from apps.fleet.services.discovery import refresh_awaited
from apps.fleet.statuses import DisruptionKind, LaunchState, SwitchState
from apps.pipeline.consolidation.service import consolidate, due
from apps.pipeline.errors import AlreadyRunning
from apps.pipeline.models import Consolidation
from apps.pipeline.statuses import PlanState
from deploy.sandbox.seed.world import NodeSet
from tests.fleet.switching.conftest import make_dear
from tests.world.tenant import eventually

pytestmark = pytest.mark.django_db

ZONE = "us-east-1a"


@pytest.fixture
def world(tenant):
    """Four nodes that a handful of pods share, in a cluster that may be consolidated."""
    built = tenant().build(
        NodeSet("m5.xlarge", ZONE, 4),
        consolidate=True,
        max_moving_pct=50,
        solve_consolidation_seconds=1.0,
        max_pool_share_pct=100,
    )
    make_dear("m5.xlarge")
    return built


def finish_switches():
    """Bring every open switch to its end, as the sweep does."""

    def over():
        refresh_awaited()
        open_ones = list(Switch.objects.filter(finished_at=None).values_list("pk", flat=True))
        switching.advance(*open_ones)
        return not open_ones

    eventually("the switches have ended", over, seconds=90)


def test_an_observed_cluster_is_told_what_it_could_save_and_nothing_is_done(world):
    Policy.objects.update(mode="observe", consolidate=False)
    world.deployment("web", replicas=4, min_available=3)

    row = consolidate(world.cluster.pk)

    assert row.state == PlanState.RECORDED
    assert row.held_by[:2] == ["The cluster is observed only.", "Consolidation is turned off in the policy."]
    assert (row.nodes_before, row.before_hourly_usd) == (4, Decimal("0.600000"))
    assert row.nodes_after == 1
    assert row.bound_hourly_usd <= row.after_hourly_usd < row.before_hourly_usd
    assert sum(len(wave["remove"]) for wave in row.waves) == 4
    assert sum(len(wave["buy"]) for wave in row.waves) == 1
    assert not Switch.objects.exists()


def test_waves_follow_one_another_to_the_end(world):
    world.deployment("web", replicas=4, min_available=3)
    path = f"clusters/{world.name}/lowest?namespace=default&selector=app=web"
    world.kube.ask(path, method="POST", body={})

    rows = []
    for _ in range(6):
        rows.append(consolidate(world.cluster.pk))
        assert rows[-1].held_by == [], rows[-1].held_by
        if not rows[-1].waves:
            break
        assert rows[-1].state == PlanState.RUNNING
        assert Switch.objects.filter(finished_at=None).count() <= 2
        finish_switches()
        world.discover()

    assert rows[-1].state == PlanState.DONE
    assert len(world.living()) == 1
    assert world.ready("web") == 4
    assert world.kube.ask(path)["lowest"] >= 3
    assert set(Consolidation.objects.values_list("state", flat=True)) == {PlanState.DONE}
    assert {s.state for s in Switch.objects.all()} == {SwitchState.COMPLETE}
    assert rows[-1].after_hourly_usd == rows[0].after_hourly_usd == rows[-1].before_hourly_usd


def test_the_command_says_the_waves_what_stays_and_why_nothing_is_begun(world, capsys):
    Policy.objects.update(mode="dry_run")
    call_command("consolidate", cluster=world.name)
    said = capsys.readouterr().out
    assert "Wave 1 removes " in said
    assert "Not begun: The cluster is in dry run." in said
    assert "4 nodes, then 1" in said
    with pytest.raises(CommandError, match="0 clusters with a policy are called nobody"):
        call_command("consolidate", cluster="nobody")


def test_no_more_leave_at_once_than_a_budget_for_consolidation_lets(world):
    DisruptionBudget.objects.create(
        cluster=world.cluster, name="one", kinds=[DisruptionKind.CONSOLIDATION], max_nodes=1
    )
    row = consolidate(world.cluster.pk)
    assert [len(wave["remove"]) for wave in row.waves] == [1] * len(row.waves)
    assert Switch.objects.count() == 1


def test_a_node_with_a_protected_pod_is_kept_and_says_so(world):
    world.deployment("web", replicas=1, on=world.nodes()[0].name)
    pod = next(iter(world.pods_on(world.nodes()[0].name)))
    body = {"metadata": {"annotations": {"atharva.ai/do-not-disrupt": "true"}}}
    world.core.patch_namespaced_pod(pod, "default", body)

    row = consolidate(world.cluster.pk)

    [stay] = [stay for stay in row.stays if stay["node"] == world.nodes()[0].name]
    assert stay["reason"] == "protected"
    assert "may not be disrupted" in stay["sentence"]


def test_node_for_node_wants_as_many_cheaper_pools_as_a_move_for_the_price(world):
    Policy.objects.update(min_cheaper_pools=1000)
    for node in world.nodes():
        world.deployment(f"on-{node.name}"[:50], replicas=1, cpu="3", on=node.name)
    row = consolidate(world.cluster.pk)
    assert row.held_by[0].startswith("Needs 1000 cheaper pools, has ")
    assert not Switch.objects.exists()


def test_young_nodes_stay(world):
    Policy.objects.update(min_node_age_seconds=3600)
    row = consolidate(world.cluster.pk)
    assert row.waves == []
    assert {stay["reason"] for stay in row.stays} == {"young"}


def test_a_node_that_was_just_bought_for_pods_is_not_taken_away_again(world):
    now = timezone.now()
    Launch.objects.create(
        cluster=world.cluster,
        state=LaunchState.READY,
        candidates=[],
        pods=[],
        created_at=now,
        entered_at=now,
        finished_at=now,
    )
    row = consolidate(world.cluster.pk)
    assert row.held_by == ["A node was bought for pods less than 10 minutes ago."]
    assert not Switch.objects.exists()


def test_nothing_is_begun_while_a_wave_is_on_its_way(world):
    consolidate(world.cluster.pk)
    begun = Switch.objects.count()
    row = consolidate(world.cluster.pk)
    assert row.state == PlanState.RECORDED
    assert f"{begun} nodes of an earlier wave are on their way." in row.held_by
    assert Switch.objects.count() == begun


def test_a_cluster_is_due_after_its_wave_and_every_ten_minutes(world):
    now = timezone.now()
    assert due(now) == [world.cluster.pk]
    consolidate(world.cluster.pk)
    assert due(now) == []  # the wave is on its way
    Switch.objects.update(finished_at=now)
    assert due(now) == [world.cluster.pk]
    Consolidation.objects.update(state=PlanState.DONE)
    assert due(now) == []
    assert due(now + timedelta(minutes=11)) == [world.cluster.pk]
    Policy.objects.update(mode="observe")
    assert due(now + timedelta(minutes=11)) == []
    assert due(now + timedelta(hours=7)) == [world.cluster.pk]


@pytest.mark.django_db(transaction=True)
def test_one_worker_at_a_time(another_worker, world):
    with another_worker("consolidation"), pytest.raises(AlreadyRunning):
        consolidate(world.cluster.pk)
    assert Instance.objects.filter(cluster=world.cluster).count() == 4
