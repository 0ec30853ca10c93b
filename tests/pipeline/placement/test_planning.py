"""From a request in the queue to a stored plan and its launches."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.fleet.models import Cluster, Launch, Policy, Pool
from apps.fleet.statuses import LaunchState
from apps.pipeline.models import PlacementPlan, PlacementRequest
from apps.pipeline.optimizer.model import Exclusion, First, NewNode, Plan, Unplaced
from apps.pipeline.optimizer.solving import warm_up
from apps.pipeline.placement import planning, requests
from apps.pipeline.placement.planning import plan_request
from apps.pipeline.placement.requests import request_placement, wake_late
from apps.pipeline.placement.storing import certificate_of, unpacked
from apps.pipeline.statuses import PlanState, RequestState
from apps.pipeline.tasks import placement as tasks
from apps.pipeline.verification import check_bound, check_plan
from tests.factories import InstanceTypeFactory, PoolFactory

from .build import A, B, C, cluster_with_pools, node, pod, running, spread, state

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def compiled():
    """As in a solver's worker, whose first plan waits for no compiler."""
    warm_up()


def asked(cluster, pods, nodes=(), others=(), **changes):
    """A request for pods that were seen just now."""
    now = changes.pop("now", timezone.now())
    seen = state(nodes, [*others, *pods], **changes)
    return request_placement(cluster, seen, pods, trigger="test", now=now)


def set_policy(cluster, **changes):
    Policy.objects.filter(cluster=cluster).update(**changes)


@pytest.mark.requirement("P3.8")
def test_a_plan_is_stored_with_its_cost_bound_and_nodes_and_its_launches_are_begun():
    cluster = cluster_with_pools(A, B)
    pods = [pod(cpu_milli=900) for _ in range(4)]

    request = asked(cluster, pods)
    plan = plan_request(request.pk)

    assert plan == PlacementPlan.objects.get()
    assert (plan.state, plan.pods, plan.faults, plan.held_by) == (PlanState.RUNNING, 4, [], [])
    assert plan.bound_hourly_usd <= plan.cost_hourly_usd
    assert 0 <= plan.gap < 1
    assert plan.price_hourly_usd == sum(Decimal(str(one["price"])) for one in plan.new_nodes)
    assert sorted(name for one in plan.new_nodes for name in one["pods"]) == sorted(
        f"shop/{one.name}" for one in pods
    )
    for one in plan.new_nodes:
        assert (one["type"], one["lifecycle"]) == ("m6i.large", "spot")
        assert all(used <= has for used, has in zip(one["used"], one["capacity"], strict=True))
    launches = Launch.objects.filter(plan_id=plan.pk)
    assert len(launches) == len(plan.new_nodes)
    assert {one["uid"] for launch in launches for one in launch.pods} == {one.uid for one in pods}
    assert f"{len(launches)} nodes at $" in launches[0].reason
    request.refresh_from_db()
    assert (request.state, request.tries) == (RequestState.DONE, 1)


def test_the_first_pool_of_a_launch_is_the_plans_and_on_demand_comes_last():
    cluster = cluster_with_pools(A, B)
    plan_request(asked(cluster, [pod()]).pk)

    [launch] = Launch.objects.all()
    pools = Pool.objects.in_bulk(launch.candidates)
    lifecycles = [pools[pk].lifecycle for pk in launch.candidates]
    assert launch.candidates[0] == PlacementPlan.objects.get().new_nodes[0]["pool"]
    assert lifecycles == ["spot", "spot", "on_demand", "on_demand"]


def test_pods_that_are_spread_over_zones_have_alternatives_in_their_zone_only():
    cluster = cluster_with_pools(A, B, types=("m6i.large", "m5.large"))
    rule = spread("topology.kubernetes.io/zone")
    plan_request(asked(cluster, [pod(scheduling=rule) for _ in range(2)]).pk)

    for launch in Launch.objects.all():
        zones = {pool.zone for pool in Pool.objects.in_bulk(launch.candidates).values()}
        assert len(zones) == 1
    assert len({launch.pool.zone for launch in Launch.objects.select_related("pool")}) == 2


def test_anyone_can_check_a_stored_plan_and_its_bound_again():
    cluster = cluster_with_pools(A, B)
    rules = spread("topology.kubernetes.io/zone")
    pods = [pod(cpu_milli=100 * number, scheduling=rules) for number in range(1, 9)]
    plan = plan_request(asked(cluster, pods, [node()], [running("node-a")]).pk)

    problem = unpacked(bytes(PlacementRequest.objects.get().problem))
    again = as_solved(PlacementPlan.objects.get())

    assert again.certificate.bound == pytest.approx(float(plan.bound_hourly_usd), abs=1e-6)
    assert check_plan(problem, again) == []
    assert check_bound(problem, again) == []


def as_solved(row):
    """The solver's answer, read back from its row."""
    return Plan(
        new_nodes=tuple(NewNode(one["pool"], tuple(one["pods"])) for one in row.new_nodes),
        on_nodes={name: tuple(pods) for name, pods in row.on_nodes.items()},
        unplaced=tuple(
            Unplaced(one["pod"], Exclusion(one["because"]), one["detail"]) for one in row.unplaced
        ),
        cost=float(row.cost_hourly_usd),
        price=float(row.price_hourly_usd),
        bound=float(row.bound_hourly_usd),
        gap=float(1 - row.bound_hourly_usd / row.cost_hourly_usd),
        certificate=certificate_of(row.certificate),
        first=First(float(row.first_cost_hourly_usd), row.first_seconds),
        seconds=row.seconds,
        method=row.method,
    )


def test_what_fits_on_the_nodes_that_are_there_buys_none():
    cluster = cluster_with_pools(A)
    plan = plan_request(asked(cluster, [pod(), pod()], [node()]).pk)

    assert (plan.state, plan.placed_on_nodes, plan.new_nodes) == (PlanState.DONE, 2, [])
    assert set(plan.on_nodes) == {"node-a"}
    assert plan.finished_at is not None
    assert not Launch.objects.exists()


# --------------------------------------------------------------------------- holds


@pytest.mark.parametrize(
    ("policy", "autoscaler", "why"),
    [
        ({"mode": "observe"}, "", "The cluster is observed only."),
        ({"mode": "dry_run"}, "", "The cluster is in dry run."),
        ({"placement": "off"}, "", "Placement is turned off in the policy."),
        ({"placement": "auto"}, "Karpenter", "Placement is off because Karpenter runs in the cluster"),
        ({"paused_at": timezone.now(), "paused_reason": "release"}, "", "Moves are paused: release."),
    ],
)
def test_a_plan_that_may_not_be_carried_out_is_recorded_with_the_reason(policy, autoscaler, why):
    cluster = cluster_with_pools(A)
    set_policy(cluster, **policy)
    Cluster.objects.filter(pk=cluster.pk).update(autoscaler=autoscaler)

    plan = plan_request(asked(cluster, [pod()]).pk)

    assert plan.state == PlanState.RECORDED
    assert plan.new_nodes
    assert plan.held_by[0].startswith(why)
    assert not Launch.objects.exists()


def test_with_another_autoscaler_placement_acts_once_a_person_says_so():
    cluster = cluster_with_pools(A)
    set_policy(cluster, placement="scheduler")
    Cluster.objects.filter(pk=cluster.pk).update(autoscaler="Karpenter")

    assert plan_request(asked(cluster, [pod()]).pk).state == PlanState.RUNNING


def test_a_bound_that_is_not_found_proven_is_not_stated_and_pods_do_not_wait_for_it(monkeypatch):
    monkeypatch.setattr(planning, "check_bound", lambda problem, plan: ["pool 3 is worth more than it costs"])
    plan = plan_request(asked(cluster_with_pools(A), [pod()]).pk)
    assert (plan.state, plan.bound_hourly_usd, plan.gap) == (PlanState.RUNNING, 0, 1.0)
    assert plan.certificate is None


def test_a_plan_that_the_check_finds_faulty_is_never_carried_out(monkeypatch):
    monkeypatch.setattr(planning, "check_plan", lambda problem, plan: ["node 0 holds too much"])
    cluster = cluster_with_pools(A)

    plan = plan_request(asked(cluster, [pod()]).pk)

    assert (plan.state, plan.faults) == (PlanState.RECORDED, ["node 0 holds too much"])
    assert "found a fault" in plan.held_by[0]
    assert not Launch.objects.exists()


def test_beyond_the_cap_pods_wait_and_the_plan_says_so():
    cluster = cluster_with_pools(A)
    set_policy(cluster, max_price_hourly_usd=Decimal("0.07"), max_pool_share_pct=100)
    pods = [pod(cpu_milli=1500) for _ in range(4)]

    plan = plan_request(asked(cluster, pods).pk)

    assert (len(plan.new_nodes), len(plan.unplaced)) == (2, 2)
    assert {one["because"] for one in plan.unplaced} == {"cap"}
    assert plan.held_by == ["2 pods wait: the cluster costs $0.0000/h, and its cap is $0.0700/h."]
    assert plan.state == PlanState.RUNNING


# ------------------------------------------------------------------- explanations


def test_a_pod_that_nothing_holds_is_told_what_the_policy_has_to_do_with_it():
    cluster = cluster_with_pools(A, types=("m6i.large", "c6i.xlarge"), families=["m6i", "g5"])
    InstanceTypeFactory(name="p4d.24xlarge", gpus=8, cpu_milli=96_000, memory_mib=1_000_000)
    PoolFactory(zone=A, instance_type=InstanceTypeFactory(name="p4d.24xlarge"))

    plan = plan_request(asked(cluster, [pod(extra={"nvidia.com/gpu": 3})]).pk)

    [one] = plan.unplaced
    assert one["because"] == "too_large"
    assert "3 GPUs asked for; the largest node that the policy allows has 0." in one["detail"]
    assert "1 pool would hold it and is left out (1: families g5, m6i are allowed)." in one["detail"]


def test_a_pod_whose_rules_cannot_be_planned_for_is_named_beside_the_others():
    cluster = cluster_with_pools(A)
    odd = pod(scheduling=spread("rack"))

    plan = plan_request(asked(cluster, [odd, pod()]).pk)

    assert (plan.pods, len(plan.new_nodes)) == (2, 1)
    assert [one["pod"] for one in plan.unplaced] == [f"shop/{odd.name}"]
    assert "rack" in plan.unplaced[0]["detail"]


# ---------------------------------------------------------------- on-demand share


def test_the_on_demand_share_counts_the_new_nodes_too():
    cluster = cluster_with_pools(A, B, C)
    set_policy(cluster, on_demand_floor_pct=50, max_pool_share_pct=100)
    pods = [pod(cpu_milli=1500) for _ in range(4)]

    plan = plan_request(asked(cluster, pods).pk)

    assert sorted(one["lifecycle"] for one in plan.new_nodes) == ["on_demand", "on_demand", "spot", "spot"]
    assert unpacked(bytes(PlacementRequest.objects.get().problem)).limits.min_on_demand_nodes == 2


def test_headroom_gives_way_where_the_cap_leaves_pods_waiting():
    cluster = cluster_with_pools(A)
    set_policy(cluster, headroom_cpu_milli=1500, max_price_hourly_usd=Decimal("0.04"))

    plan = plan_request(asked(cluster, [pod(cpu_milli=1500)]).pk)

    assert plan.unplaced == []
    assert [one["pods"][0].split("/")[0] for one in plan.new_nodes] == ["shop"]


def test_headroom_is_bought_and_belongs_to_no_pod():
    cluster = cluster_with_pools(A)
    set_policy(cluster, headroom_cpu_milli=1000)

    plan = plan_request(asked(cluster, [pod(cpu_milli=1500)]).pk)

    assert plan.pods == 1
    assert sum(len(launch.pods) for launch in Launch.objects.all()) == 1
    assert Launch.objects.count() == 2


# ----------------------------------------------------------- queue, leases, tries


def test_a_request_is_planned_once():
    cluster = cluster_with_pools(A)
    request = asked(cluster, [pod()])

    assert plan_request(request.pk) is not None
    assert plan_request(request.pk) is None
    assert PlacementPlan.objects.count() == 1


def test_while_a_solver_holds_it_no_other_takes_it():
    cluster = cluster_with_pools(A)
    request = asked(cluster, [pod()])
    PlacementRequest.objects.filter(pk=request.pk).update(
        state=RequestState.SOLVING, tries=1, claimed_until=timezone.now() + timedelta(seconds=20)
    )

    assert plan_request(request.pk) is None
    PlacementRequest.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert plan_request(request.pk) is not None


def test_after_a_solver_has_died_the_first_answer_is_taken(monkeypatch):
    given = []
    solve = planning.answer
    monkeypatch.setattr(planning, "answer", lambda *a, gap, **k: given.append(gap) or solve(*a, gap=gap, **k))
    cluster = cluster_with_pools(A)
    request = asked(cluster, [pod() for _ in range(20)])
    PlacementRequest.objects.update(tries=1)

    plan = plan_request(request.pk)

    assert given == [1.0]
    assert plan.state == PlanState.RUNNING
    assert plan.unplaced == []


def test_a_request_that_kills_its_solvers_is_given_up_with_a_sentence():
    cluster = cluster_with_pools(A)
    request = asked(cluster, [pod()])
    PlacementRequest.objects.update(tries=3)

    assert plan_request(request.pk) is None
    request.refresh_from_db()
    assert request.state == RequestState.FAILED
    assert "ended 3 times" in request.problem_text


def test_a_request_that_has_grown_old_buys_nothing():
    cluster = cluster_with_pools(A)
    request = asked(cluster, [pod()], now=timezone.now() - timedelta(minutes=6))

    assert plan_request(request.pk) is None
    request.refresh_from_db()
    assert (request.state, request.problem_text) == (
        RequestState.FAILED,
        "It waited for a solver for 6 minutes. Its pods are asked for anew.",
    )


def test_a_crash_before_the_plan_is_stored_leaves_nothing_and_the_request_open(monkeypatch):
    def crash(*args, **kwargs):
        raise MemoryError

    cluster = cluster_with_pools(A)
    request = asked(cluster, [pod()])
    with monkeypatch.context() as broken:
        broken.setattr(planning, "carry_out", crash)
        with pytest.raises(MemoryError):
            plan_request(request.pk)

    assert not PlacementPlan.objects.exists()
    assert not Launch.objects.exists()
    request.refresh_from_db()
    assert request.finished_at is None
    PlacementRequest.objects.update(claimed_until=timezone.now())
    assert plan_request(request.pk).state == PlanState.RUNNING


def test_two_requests_for_the_same_pods_buy_for_them_once():
    cluster = cluster_with_pools(A)
    same, more = pod(cpu_milli=1500), pod(cpu_milli=1500)
    first, second = asked(cluster, [same]), asked(cluster, [same, more])

    plan_request(first.pk)
    plan = plan_request(second.pk)

    bought = [one["uid"] for launch in Launch.objects.all() for one in launch.pods]
    assert sorted(bought) == sorted([same.uid, more.uid])
    assert plan.held_by == ["1 node is not bought: another plan has provided for their pods since."]


def test_what_a_cancelled_launch_was_for_is_bought_again():
    cluster = cluster_with_pools(A)
    seen = pod()
    first, second = asked(cluster, [seen]), asked(cluster, [seen])
    plan_request(first.pk)
    Launch.objects.update(state=LaunchState.FAILED, finished_at=timezone.now())

    plan_request(second.pk)

    assert Launch.objects.open().count() == 1


def test_pods_that_nodes_are_being_bought_for_need_no_plan():
    cluster = cluster_with_pools(A)
    seen = pod()
    plan_request(asked(cluster, [seen]).pk)

    again = asked(cluster, [seen])

    assert (again.state, again.pods) == (RequestState.DONE, 0)
    assert plan_request(again.pk) is None


def test_a_request_wakes_a_solver_on_commit(django_capture_on_commit_callbacks, monkeypatch):
    told = []
    monkeypatch.setattr(requests.app, "send_task", lambda *a, **k: told.append((a, k)))
    cluster = cluster_with_pools(A)
    with django_capture_on_commit_callbacks(execute=True):
        request = asked(cluster, [pod()])
        assert not told

    [((name,), options)] = told
    assert name == tasks.plan_pods.name
    assert options["args"] == [str(request.pk)]
    assert options["queue"] == "solver"
    assert options["time_limit"] > 1


def test_the_sweep_wakes_solvers_for_what_nobody_took_up(monkeypatch):
    told = []
    monkeypatch.setattr(requests.app, "send_task", lambda *a, **k: told.append(k["args"]))
    cluster = cluster_with_pools(A)
    now = timezone.now()
    late, held, fresh, done = (asked(cluster, [pod()], now=now - timedelta(seconds=9)) for _ in range(4))
    PlacementRequest.objects.filter(pk=held.pk).update(claimed_until=now + timedelta(seconds=9))
    PlacementRequest.objects.filter(pk=fresh.pk).update(created_at=now)
    PlacementRequest.objects.filter(pk=done.pk).update(finished_at=now)

    assert wake_late(now) == 1
    assert told == [[str(late.pk)]]


def test_pages_hear_of_a_stored_plan(django_capture_on_commit_callbacks, monkeypatch):
    heard = []
    monkeypatch.setattr(planning, "publish_to_client", lambda *to, **said: heard.append((*to, said)))
    cluster = cluster_with_pools(A)
    request = asked(cluster, [pod()])
    with django_capture_on_commit_callbacks(execute=True):
        plan = plan_request(request.pk)

    [(client, what, fields)] = heard
    assert what == "plan_stored"
    assert (client, fields["plan_id"], fields["new_nodes"]) == (cluster.client_id, plan.pk, 1)
