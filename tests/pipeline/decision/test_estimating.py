"""What a cluster would save: every move that is worth it, by its own rules, without waiting for pace."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from apps.pipeline.decision.controls import GroupView, Tempo
from apps.pipeline.decision.estimating import estimate
from apps.pipeline.decision.model import Site
from apps.pipeline.decision.planning import Scene
from apps.pipeline.decision.reasons import Reason
from tests.pipeline.decision.views import NOW, node, offers, policy

CHEAP = offers([0.03] * 20)


def scene(nodes, *, groups=(), on_demand=0, **rules):
    tempo = Tempo(
        len(nodes), disturbed=3, moves_last_hour=99, on_demand=on_demand, groups={g.name: g for g in groups}
    )
    held = Counter(n.stay.pool.id for n in nodes if n.stay.pool.lifecycle == "spot")
    return Scene(policy(**{"mode": "observe", **rules}), Site(), (), nodes, tempo, held)


def reasons(estimated):
    return Counter(why.reason for stay in estimated.stays for why in stay.because)


def test_every_node_counts_however_young_and_whatever_the_pace():
    young = [node(n, launched_at=NOW - timedelta(minutes=1), moved_at=NOW) for n in range(100, 140)]
    estimated = estimate(scene(young, max_moving_pct=10, moves_per_hour=1), CHEAP, NOW)
    assert len(estimated.moves) == 40
    assert (estimated.now, estimated.saving) == (Decimal("2.40"), Decimal("1.20"))


def test_what_is_not_worth_it_saves_nothing():
    estimated = estimate(scene([node(100, price=0.031)]), CHEAP, NOW)
    assert (estimated.saving, reasons(estimated)) == (0, {Reason.SAVING_TOO_SMALL: 1})


def test_a_group_gives_no_more_than_its_minimum_allows():
    members = [node(n, group="workers") for n in range(100, 105)]
    group = GroupView("workers", min_size=3, desired=5, nodes=5)
    estimated = estimate(scene(members, groups=[group]), CHEAP, NOW)
    assert len(estimated.moves) == 2
    assert reasons(estimated) == {Reason.GROUP_AT_MINIMUM: 3}


def test_the_on_demand_floor_is_kept():
    floor = [node(n, pool={"lifecycle": "on_demand"}) for n in range(100, 104)]
    estimated = estimate(scene(floor, on_demand=4, on_demand_floor=3), CHEAP, NOW)
    assert len(estimated.moves) == 1
    assert reasons(estimated) == {Reason.ON_DEMAND_FLOOR: 3}


def test_no_pool_is_promised_more_than_its_share():
    nodes = [node(n) for n in range(100, 110)]
    estimated = estimate(scene(nodes, max_pool_share_pct=30, min_cheaper_pools=1), offers([0.03, 0.04]), NOW)
    bound_for = Counter(move.candidates[0].id for move in estimated.moves)
    assert bound_for == {1: 3, 2: 3}
    assert reasons(estimated) == {Reason.POOL_SHARE: 4}


@given(st.lists(st.floats(0.02, 0.2), min_size=1, max_size=30), st.lists(st.floats(0.01, 0.2), max_size=25))
def test_each_node_is_counted_once_and_no_more_is_saved_than_is_paid(prices, market):
    nodes = [node(n, price=price) for n, price in enumerate(prices, start=100)]
    estimated = estimate(scene(nodes), offers(market), NOW)
    judged = [verdict.node.id for verdict in (*estimated.moves, *estimated.stays)]
    assert sorted(judged) == [n.id for n in nodes]
    assert estimated.nodes == len(nodes)
    assert 0 <= estimated.saving < estimated.now
