"""The way to a final state: within every budget, what is bought first, nobody moved twice."""

import pytest

from apps.pipeline.consolidation.model import Bought, FinalState, Layout, NodeBudget
from apps.pipeline.consolidation.replaying import replay
from apps.pipeline.consolidation.waves import allowed_at_once, order_waves

from .layouts import layout, node, offering, pod

pytestmark = pytest.mark.requirement("P3.7")


def state(cluster: Layout, removed: list[str], moves: dict[str, str], *bought: Bought) -> FinalState:
    return FinalState(tuple(removed), bought, moves, 0.0, 0.0, 0.0, 0.0, "said")


def test_of_several_budgets_the_smallest_holds() -> None:
    budgets = [NodeBudget("share", pct=10), NodeBudget("count", count=3)]
    assert [allowed_at_once(budgets, nodes) for nodes in (1, 10, 11, 100)] == [1, 1, 2, 3]


def test_a_wave_takes_as_many_nodes_as_the_budgets_let_and_the_share_shrinks_with_the_cluster() -> None:
    nodes = [node(f"n{i:02}") for i in range(20)]
    cluster = layout(*nodes, at_once=(NodeBudget("share", pct=10),))
    way = order_waves(cluster, state(cluster, [n.name for n in nodes[:15]], {}))
    assert [len(wave.removed) for wave in way.waves] == [2] * 5 + [1] * 5


def test_those_that_save_most_for_an_eviction_go_first() -> None:
    nodes = [
        node("crowded", *(pod(f"c{i}", 10) for i in range(5)), price=0.4),
        node("dear", pod("d", 10), price=0.3),
        node("rest"),
    ]
    cluster = layout(*nodes, at_once=(NodeBudget("one", count=1),))
    moves = {f"c{i}": "rest" for i in range(5)} | {"d": "rest"}
    way = order_waves(cluster, state(cluster, ["crowded", "dear"], moves))
    assert [wave.removed for wave in way.waves] == [("dear",), ("crowded",)]


def test_what_is_bought_is_there_before_anybody_is_sent_to_it() -> None:
    nodes = [node(f"n{i}", pod(f"p{i}", 1000 + i), price=0.4 - i / 100) for i in range(3)]
    cluster = layout(*nodes, offerings=[offering(1, 0.1)], at_once=(NodeBudget("one", count=1),))
    moves = {f"p{i}": "new-0" for i in range(3)}
    way = order_waves(cluster, state(cluster, [n.name for n in nodes], moves, Bought("new-0", 1)))
    assert [len(wave.buys) for wave in way.waves] == [1, 0, 0]
    assert replay(cluster, way).faults == []


def test_a_budget_of_pods_is_spread_over_rounds() -> None:
    pods = [pod(f"p{i}", 10, budget="web") for i in range(5)] + [pod("free", 10)]
    cluster = layout(node("old", *pods), node("new"), budgets={"web": 2})
    way = order_waves(cluster, state(cluster, ["old"], {p.id: "new" for p in pods}))
    assert [len(evictions) for evictions in way.waves[0].rounds] == [3, 2, 1]
    assert replay(cluster, way).faults == []


def test_without_a_budget_left_everything_is_held_and_says_so() -> None:
    cluster = layout(node("a"), node("b"), at_once=(NodeBudget("none", count=0),))
    way = order_waves(cluster, state(cluster, ["a"], {}))
    assert way.waves == ()
    assert way.held == {"a": "The budgets let 0 nodes leave at once."}


def test_a_cap_holds_what_would_have_to_be_bought() -> None:
    cluster = layout(node("a", pod("p")), offerings=[offering(1, 0.1)], max_price_hourly_usd=0.25)
    way = order_waves(cluster, state(cluster, ["a"], {"p": "new-0"}, Bought("new-0", 1)))
    assert way.waves == ()
    assert "no place before other nodes are bought" in way.held["a"]


def test_a_group_loses_one_node_at_a_time() -> None:
    nodes = [node(f"n{i}", group="general") for i in range(3)]
    cluster = layout(*nodes, node("rest"), at_once=(NodeBudget("general", count=1, group="general"),))
    way = order_waves(cluster, state(cluster, [n.name for n in nodes], {}))
    assert [len(wave.removed) for wave in way.waves] == [1, 1, 1]
    assert way.waves[0].saving == pytest.approx(0.2)
