"""Who moves first, who waits, and how often the cluster is asked."""

from collections import Counter
from dataclasses import replace

import pytest

from apps.pipeline.decision.controls import GroupView, Tempo
from apps.pipeline.decision.model import Move, Refusal, Room, Site
from apps.pipeline.decision.planning import LOOK_AT_MOST, Scene, fitting, plan
from apps.pipeline.decision.reasons import Reason, Why
from tests.pipeline.decision.views import NOW, node, offers, policy

CHEAP = offers([0.03] * 20)


class Eye:
    """Sees what it is told, and remembers whom it looked at."""

    def __init__(self, **changes):
        self.changes, self.seen = changes, []

    def __call__(self, looked_at):
        self.seen.append(looked_at.id)
        return replace(looked_at, **{"pods": (), **self.changes})


def scene(nodes, *, rules=None, tempo=None):
    fields = {"nodes": len(nodes), "disturbed": 0, "moves_last_hour": 0} | (tempo or {})
    held = Counter(n.stay.pool.id for n in nodes if n.stay.pool.lifecycle == "spot")
    return Scene(rules or policy(max_moving_pct=100), Site(), (), nodes, Tempo(**fields), held)


def moved(verdicts):
    return [verdict.node.id for verdict in verdicts if isinstance(verdict, Move)]


def reasons_of(verdicts, number):
    return [why.reason for v in verdicts if v.node.id == number for why in v.because]


def test_one_verdict_a_node():
    nodes = [node(n) for n in range(100, 130)]
    verdicts = plan(scene(nodes), CHEAP, Eye(), NOW)
    assert sorted(v.node.id for v in verdicts) == list(range(100, 130))


def test_risk_comes_before_cost_and_the_larger_saving_before_the_smaller():
    nodes = [node(100, price=0.05), node(101, price=0.09), node(102, price=0.04, pool={"risk_upper": 0.3})]
    assert moved(plan(scene(nodes), CHEAP, Eye(), NOW)) == [102, 101, 100]


def test_the_budget_stops_the_rest_with_its_numbers():
    nodes = [node(n) for n in range(100, 120)]
    verdicts = plan(scene(nodes, rules=policy(max_moving_pct=10)), CHEAP, Eye(), NOW)
    assert len(moved(verdicts)) == 2
    stopped = [v for v in verdicts if isinstance(v, Refusal)]
    assert {v.sentence for v in stopped} == {"2 nodes are moving, going or not ready; at most 2 may."}


def test_a_small_group_gives_one_node_at_a_time():
    nodes = [node(n, group="workers") for n in range(100, 108)]
    groups = {"workers": GroupView("workers", min_size=1, desired=8, nodes=8)}
    verdicts = plan(scene(nodes, tempo={"groups": groups}), CHEAP, Eye(), NOW)
    assert len(moved(verdicts)) == 1


def test_only_nodes_that_would_move_are_looked_at():
    eye = Eye()
    plan(scene([node(100), node(101, price=0.03), node(102, by_karpenter=True)]), CHEAP, eye, NOW)
    assert eye.seen == [100]


def test_a_run_looks_at_so_many_nodes_and_no_more():
    eye = Eye()
    verdicts = plan(scene([node(n) for n in range(100, 130)]), CHEAP, eye, NOW)
    assert len(eye.seen) == LOOK_AT_MOST
    assert reasons_of(verdicts, 129) == [Reason.NOT_LOOKED_AT]


def test_a_pod_that_stays_frees_the_budget_for_the_next_node():
    def eye(looked_at):
        if looked_at.id == 100:
            return Refusal(looked_at, (Why(Reason.PODS_STAY, "Pod default/db may not be disrupted."),))
        return replace(looked_at, pods=())

    rules = policy(max_moving_pct=10)
    verdicts = plan(scene([node(100, price=0.09), node(101)], rules=rules), CHEAP, eye, NOW)
    assert moved(verdicts) == [101]


def test_few_pods_open_the_way_to_a_smaller_pool():
    small = offers([0.02] * 3, room=Room(940, 3000, 29))
    nodes = [node(100)]
    rules = policy(max_moving_pct=100)
    assert (
        plan(scene(nodes, rules=rules), [*CHEAP, *small], Eye(), NOW)[0].candidates[0].room.cpu_milli == 1930
    )
    light = Eye(need=Room(300, 500, 5))
    assert (
        plan(scene(nodes, rules=rules), [*CHEAP, *small], light, NOW)[0].candidates[0].room.cpu_milli == 940
    )


ARM = offers([0.01] * 20, architecture="arm64")
BOTH = frozenset({"amd64", "arm64"})


@pytest.mark.parametrize(
    ("named", "said", "goes_to"),
    [
        (frozenset(), BOTH, "amd64"),
        (BOTH, frozenset(), "amd64"),
        (BOTH, BOTH, "arm64"),
    ],
)
def test_a_node_changes_its_architecture_only_where_policy_and_pods_say_so(named, said, goes_to):
    rules = policy(max_moving_pct=100, architectures=named)
    [move] = plan(scene([node()], rules=rules), [*CHEAP, *ARM], Eye(portable_to=said), NOW)
    assert {candidate.architecture for candidate in move.candidates} == {goes_to}


@pytest.mark.parametrize(("said", "moves"), [(BOTH, [100]), (frozenset({"amd64"}), [])])
def test_pods_decide_where_only_another_architecture_is_cheaper(said, moves):
    rules = policy(max_moving_pct=100, architectures=frozenset({"arm64"}))
    verdicts = plan(scene([node()], rules=rules), ARM, Eye(portable_to=said), NOW)
    assert moved(verdicts) == moves
    if not moves:
        assert verdicts[0].sentence == "Its pods do not all say that they may run on arm64."


def test_those_that_keep_their_architecture_come_first():
    nodes = [node(100), node(101, price=0.05, architecture="arm64")]
    rules = policy(max_moving_pct=100, architectures=BOTH)
    assert moved(plan(scene(nodes, rules=rules), ARM, Eye(portable_to=BOTH), NOW)) == [101, 100]


def test_an_interrupted_node_keeps_its_architecture():
    named = policy(architectures=BOTH)
    assert [offer.pool.architecture for offer in fitting(node(), [ARM[0], CHEAP[0]], named)] == ["amd64"]


def test_no_pool_takes_more_than_its_share():
    nodes = [node(n) for n in range(100, 110)]
    rules = policy(max_moving_pct=100, max_pool_share_pct=20, min_cheaper_pools=1)
    verdicts = plan(scene(nodes, rules=rules), offers([0.03, 0.02]), Eye(), NOW)
    first = [v.candidates[0].id for v in verdicts if isinstance(v, Move)]
    assert sorted(first) == [1, 1, 2, 2]
    assert sum(reasons_of(verdicts, n) == [Reason.POOL_SHARE] for n in range(100, 110)) == 6
