"""The final state: fewer or cheaper nodes, every pod with a place, every rule and limit kept."""

import time

import pytest
from hypothesis import HealthCheck, given, settings

from apps.pipeline.consolidation.model import FinalState, Layout, Stay
from apps.pipeline.consolidation.replaying import replay
from apps.pipeline.consolidation.solving import solve, warm_up
from apps.pipeline.consolidation.staying import kept_nodes, with_stays
from apps.pipeline.consolidation.waves import order_waves
from apps.pipeline.optimizer.model import HOST_LABEL, ON_DEMAND, Rule, RuleKind, Shape

from .layouts import LARGE, ON_DEMAND_ONLY, apart, layout, layouts, node, offering, pod, spread

pytestmark = pytest.mark.requirement("P3.9")
QUICK = 0.4


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    warm_up()


def found(cluster: Layout, seconds: float = QUICK) -> FinalState:
    return solve(cluster, deadline_seconds=seconds)


def kept(cluster: Layout, final: FinalState) -> dict[str, Stay]:
    way = order_waves(cluster, final)
    return {one.node: one.reason for one in kept_nodes(with_stays(cluster), final, way)}


def test_an_empty_node_goes() -> None:
    final = found(layout(node("full", pod("p", 3000)), node("empty")))
    assert final.removed == ("empty",)
    assert final.saving == pytest.approx(0.2)


def test_the_last_node_stays_even_without_pods() -> None:
    assert len(found(layout(node("one"), node("two"), node("three"))).removed) == 2


def test_of_two_half_empty_nodes_the_dearer_one_goes() -> None:
    cluster = layout(node("cheap", pod("p"), price=0.1), node("dear", pod("q"), price=0.3))
    final = found(cluster)
    assert final.removed == ("dear",)
    assert dict(final.moves) == {"q": "cheap"}
    assert kept(cluster, final) == {"cheap": Stay.NEEDED}


def test_full_nodes_stay() -> None:
    final = found(layout(node("one", pod("p", 3000)), node("two", pod("q", 3000))))
    assert final.removed == ()
    assert final.cost == final.cost_before


def test_a_node_that_is_too_large_is_replaced_by_a_cheaper_one() -> None:
    cluster = layout(node("large", pod("p", 1000), price=0.4), offerings=[offering(7, 0.1, (2000, 8000, 10))])
    final = found(cluster)
    assert final.removed == ("large",)
    assert [bought.offering for bought in final.bought] == [7]
    assert final.cost == pytest.approx(0.1)


def test_what_emptying_costs_is_weighed_against_what_is_saved() -> None:
    dear = layout(node("one", pod("p"), price=0.1), node("two", pod("q"), price=0.1, leaving_usd=3.0))
    pinned = [node("one", pod("p"), price=0.1, stay=Stay.YOUNG), dear.nodes[1]]
    assert found(layout(*pinned, life_hours=24.0)).removed == ()
    assert found(layout(*pinned, life_hours=48.0)).removed == ("two",)


@pytest.mark.parametrize(
    ("kept_pod", "budgets", "reason"),
    [
        (pod("p", budget="default/web"), {"default/web": 0}, Stay.BUDGET),
        (pod("p", rules=[Rule(RuleKind.TOGETHER, "db", HOST_LABEL)]), {}, Stay.TOGETHER),
    ],
)
def test_a_pod_that_cannot_go_keeps_its_node(kept_pod, budgets, reason) -> None:
    cluster = layout(node("free", pod("q"), price=0.1), node("held", kept_pod, price=0.9), budgets=budgets)
    final = found(cluster)
    assert final.removed == ("free",)
    assert kept(cluster, final) == {"held": reason}


def test_a_zone_that_holds_too_many_of_a_spread_keeps_its_nodes() -> None:
    """Evicted, the pod could not come back to its zone, and nobody may count on another."""
    rule = [spread("web")]
    crowd = [node(f"a{n}", pod(f"a{n}", group="web", rules=rule)) for n in range(3)]
    cluster = layout(*crowd, node("b", zone="b", stay=Stay.YOUNG))
    final = found(cluster)
    assert final.removed == ()
    assert kept(cluster, final)["a0"] is Stay.UNEVEN


def test_pods_that_stand_apart_keep_a_node_each() -> None:
    nodes = [node(f"n{i}", pod(f"p{i}", 100, group="db", rules=[apart("db")])) for i in range(3)]
    assert len(found(layout(*nodes, node("more", pod("q", 100)))).removed) == 1


def test_a_pod_that_is_not_listed_counts_for_those_that_stand_apart() -> None:
    lonely = node("one", pod("p", 100, group="db", rules=[apart("db")]), price=0.9)
    assert found(layout(lonely, node("two", stay=Stay.YOUNG, members={"db": 1}))).removed == ()
    assert found(layout(lonely, node("two", stay=Stay.YOUNG, apart=frozenset({"db"})))).removed == ()
    assert found(layout(lonely, node("two", stay=Stay.YOUNG))).removed == ("one",)


def test_a_pod_of_a_spread_stays_in_its_zone() -> None:
    one = node("a", pod("p", group="web", rules=[spread("web")]), zone="a", price=0.9)
    two = node("b", pod("q", group="web", rules=[spread("web")]), zone="b", stay=Stay.YOUNG)
    assert found(layout(one, two)).removed == ()


def test_a_pod_that_wants_on_demand_goes_to_no_spot_node() -> None:
    pinned = node("one", pod("p", where=ON_DEMAND_ONLY), lifecycle=ON_DEMAND, price=0.9)
    assert found(layout(pinned, node("two", stay=Stay.YOUNG))).removed == ()


def test_the_floor_of_on_demand_nodes_is_kept() -> None:
    nodes = [node(f"n{i}", lifecycle=ON_DEMAND, price=0.5) for i in range(3)]
    assert len(found(layout(*nodes, on_demand_nodes=2)).removed) == 1


def test_a_group_gives_no_more_than_its_minimum_allows() -> None:
    nodes = [node(f"n{i}", group="general") for i in range(4)]
    assert len(found(layout(*nodes, leaving={"general": 2})).removed) == 2


def test_no_more_pods_move_than_are_granted() -> None:
    nodes = [node(f"n{i}", *(pod(f"p{i}{j}", 100) for j in range(3)), price=0.2) for i in range(5)]
    assert len(found(layout(*nodes, most_evictions=7)).moves) == 6


def test_spare_room_is_kept_free() -> None:
    nodes = [node(f"n{i}", pod(f"p{i}", 1000)) for i in range(3)]
    assert len(found(layout(*nodes)).removed) == 2
    assert len(found(layout(*nodes, spare=[Shape((1500, 100, 1))] * 2)).removed) == 1


def test_each_bought_node_stands_for_one_that_goes() -> None:
    cluster = layout(node("one", pod("p", 4000), price=9.0), offerings=[offering(0, 0.1, (2000, 8000, 10))])
    assert found(cluster).bought == ()


def test_a_deadline_is_kept_and_the_layout_itself_is_an_answer() -> None:
    cluster = layout(*(node(f"n{i}", pod(f"p{i}")) for i in range(20)))
    began = time.monotonic()
    final = solve(cluster, deadline_seconds=0.0)
    assert final.cost <= final.cost_before
    assert final.seconds <= time.monotonic() - began


def test_the_same_seed_gives_a_state_that_is_no_worse_with_more_time() -> None:
    cluster = layout(*(node(f"n{i}", pod(f"p{i}", 300 + i)) for i in range(12)))
    assert found(cluster, 0.6).cost <= found(cluster, 0.0).cost


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cluster=layouts())
def test_whatever_the_cluster_the_way_is_safe_and_the_bound_holds(cluster: Layout) -> None:
    final = solve(cluster, deadline_seconds=0.15)
    way = order_waves(cluster, final)
    seen = replay(with_stays(cluster), way)

    assert seen.faults == []
    assert final.bound <= final.cost + 1e-6
    assert final.cost <= final.cost_before + 1e-9
    if not way.held:
        assert seen.cost == pytest.approx(final.cost)
    assert len(LARGE) == len(cluster.resources)
