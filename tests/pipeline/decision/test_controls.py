"""The brakes: who may be moved, how many at once, and when nothing is."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pipeline.decision.budgets import Budget
from apps.pipeline.decision.controls import (
    GroupView,
    Tempo,
    allowed_at_once,
    allowed_in_group,
    cluster_holds,
    may_move,
    on_demand_kept,
    on_demand_lacking,
    pool_share_allows,
    price_holds,
)
from apps.pipeline.decision.model import Kind, Move
from apps.pipeline.decision.reasons import Reason
from tests.pipeline.decision.views import NOW, node, policy, pool

MINUTE = timedelta(minutes=1)


def tempo(**changes):
    return Tempo(**{"nodes": 40, "disturbed": 0, "moves_last_hour": 0, "on_demand": 5, **changes})


def group(**changes):
    return GroupView(**{"name": "workers", "min_size": 1, "desired": 8, "nodes": 8, **changes})


def reasons(whys):
    return [why.reason for why in whys]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"by_karpenter": True}, Reason.KARPENTER),
        ({"moving": True}, Reason.MOVING),
        ({"interruption_at": NOW}, Reason.INTERRUPTED),
        ({"ready": False}, Reason.NOT_READY),
        ({"cordoned": True}, Reason.NOT_READY),
        ({"launched_at": NOW - 29 * MINUTE}, Reason.TOO_YOUNG),
        ({"moved_at": NOW - 119 * MINUTE}, Reason.COOLING_DOWN),
    ],
)
def test_a_node_that_stays_for_its_own_sake(changes, reason):
    assert reasons(may_move(node(**changes), policy(), tempo(), NOW)) == [reason]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"disturbed": 4}, Reason.BUDGET),
        ({"moves_last_hour": 20}, Reason.PACE),
        ({"groups": {"workers": group(disturbed=1)}}, Reason.GROUP_BUDGET),
        ({"groups": {"workers": group(min_size=8)}}, Reason.GROUP_AT_MINIMUM),
        ({"groups": {"workers": group(nodes=20, min_size=7, leaving=1)}}, Reason.GROUP_AT_MINIMUM),
    ],
)
def test_a_node_that_waits_for_others(changes, reason):
    assert reasons(may_move(node(group="workers"), policy(), tempo(**changes), NOW)) == [reason]


def test_old_enough_and_alone_it_may():
    settled = node(group="workers", launched_at=NOW - 30 * MINUTE, moved_at=NOW - 120 * MINUTE)
    assert may_move(settled, policy(), tempo(groups={"workers": group()}), NOW) == ()


def test_all_reasons_are_named_at_once():
    young = node(launched_at=NOW, group="workers")
    busy = tempo(disturbed=9, moves_last_hour=30, groups={"workers": group(disturbed=2, desired=1)})
    assert reasons(may_move(young, policy(), busy, NOW)) == [
        Reason.TOO_YOUNG,
        Reason.GROUP_AT_MINIMUM,
        Reason.GROUP_BUDGET,
        Reason.BUDGET,
        Reason.PACE,
    ]


def test_a_group_at_its_minimum_is_named_with_it():
    (why,) = may_move(node(group="workers"), policy(), tempo(groups={"workers": group(min_size=8)}), NOW)
    assert why.sentence == "Auto Scaling group workers would fall to 7; its minimum is 8."


def test_the_floor_of_on_demand_nodes_stays():
    stayer = node(pool={"lifecycle": "on_demand"})
    assert reasons(may_move(stayer, policy(on_demand_floor=5), tempo(), NOW)) == [Reason.ON_DEMAND_FLOOR]
    assert may_move(stayer, policy(on_demand_floor=4), tempo(), NOW) == ()


@pytest.mark.parametrize(("nodes", "allowed"), [(0, 0), (1, 1), (10, 1), (11, 2), (45, 5)])
def test_ten_percent_is_rounded_up(nodes, allowed):
    assert allowed_at_once(policy(), nodes) == allowed


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"mode": "observe"}, Reason.OBSERVING),
        ({"mode": "dry_run"}, Reason.DRY_RUN),
        ({"paused_at": NOW}, Reason.PAUSED),
        ({"paused_at": NOW - MINUTE, "paused_until": NOW + MINUTE}, Reason.PAUSED),
    ],
)
def test_a_cluster_that_only_thinks(rules, reason):
    assert reasons(cluster_holds(policy(**rules), NOW)) == [reason]


def test_a_pause_ends_by_itself():
    assert cluster_holds(policy(paused_at=NOW - MINUTE, paused_until=NOW), NOW) == ()


def test_a_pools_share_is_rounded_up():
    rules = policy(max_pool_share_pct=30)
    assert pool_share_allows(0, 1, rules)
    assert pool_share_allows(2, 10, rules)
    assert not pool_share_allows(3, 10, rules)


names = st.sampled_from(["", "a", "b"])
groups = st.fixed_dictionaries(
    {
        name: st.builds(
            group,
            name=st.just(name),
            nodes=st.integers(0, 30),
            desired=st.integers(0, 30),
            min_size=st.integers(0, 10),
            disturbed=st.integers(0, 3),
        )
        for name in ("a", "b")
    }
)


@given(
    st.lists(names, max_size=40),
    st.integers(0, 100),
    st.integers(0, 30),
    st.integers(0, 20),
    st.integers(0, 60),
    groups,
)
def test_never_more_moving_than_the_smallest_budget(members, share, pace, disturbed, nodes, in_groups):
    rules = policy(max_moving_pct=share, moves_per_hour=pace)
    before = tempo(nodes=nodes, disturbed=disturbed, groups=in_groups)
    after = before
    for number, name in enumerate(members):
        mover = node(number, group=name)
        if not may_move(mover, rules, after, NOW):
            after = after.after(mover)
    assert after.disturbed <= max(disturbed, allowed_at_once(rules, nodes))
    assert after.moves_last_hour <= pace
    for name, was in in_groups.items():
        now = after.groups[name]
        assert now.disturbed <= max(was.disturbed, allowed_in_group(rules, was))
        assert now.leaving == 0 or now.desired - now.leaving >= now.min_size


@given(groups, names)
def test_counting_a_move_changes_nothing_else(in_groups, name):
    before = tempo(groups=in_groups)
    after = before.after(node(group=name))
    assert (after.disturbed, after.moves_last_hour) == (1, 1)
    assert {n: g for n, g in after.groups.items() if n != name} == {
        n: g for n, g in before.groups.items() if n != name
    }
    assert replace(before, groups=in_groups) == before


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        ({}, 0),
        ({"on_demand_floor": 3}, 3),
        ({"on_demand_floor": 3, "on_demand_floor_pct": 10}, 4),
        ({"on_demand_floor": 3, "on_demand_floor_pct": 1}, 3),
        ({"on_demand_floor_pct": 10, "storm_share_pct": 30}, 12),
    ],
)
def test_of_the_on_demand_floors_the_largest_holds(rules, kept):
    assert on_demand_kept(policy(**rules), 40) == kept
    assert on_demand_lacking(policy(**rules), tempo(on_demand=5)) == max(kept - 5, 0)


def test_a_floor_that_a_storm_has_raised_says_so():
    (why,) = may_move(node(pool={"lifecycle": "on_demand"}), policy(storm_share_pct=30), tempo(), NOW)
    assert why.reason is Reason.ON_DEMAND_FLOOR
    assert why.sentence == (
        "The cluster has 5 on-demand nodes; the policy keeps 12 while interruptions are frequent."
    )


def move(saving):
    return Move(node(), Kind.RISK, (pool(),), Decimal(saving), ())


def test_a_move_that_makes_the_cluster_dearer_than_its_cap_is_refused_with_the_numbers():
    (why,) = price_holds(move("-0.02"), policy(max_price=Decimal(2)), tempo(bill=Decimal("1.99")))
    assert why.sentence == "The cluster would cost $2.0100/h; its cap is $2.0000/h."


@pytest.mark.parametrize(
    ("saving", "cap", "bill"), [("-0.02", None, "9"), ("-0.02", "2", "1.98"), ("0.01", "2", "3")]
)
def test_a_move_within_the_cap_or_one_that_saves_may_be_made(saving, cap, bill):
    rules = policy(max_price=None if cap is None else Decimal(cap))
    assert price_holds(move(saving), rules, tempo(bill=Decimal(bill))) == ()


def test_a_move_to_on_demand_counts_as_a_node_there_and_changes_the_bill():
    way_out = pool(9, lifecycle="on_demand", price=0.096)
    after = tempo(bill=Decimal(1)).after(node(price=0.06), way_out)
    assert (after.on_demand, after.on_demand_coming, after.bill) == (5, 1, Decimal("1.036"))
    assert on_demand_lacking(policy(on_demand_floor=6), after) == 0


FREEZE = Budget(
    "freeze", kinds=frozenset({"cost"}), max_nodes=0, cron="0 9 * * *", duration=timedelta(hours=8)
)


def test_a_budget_in_force_holds_and_is_named_with_its_window():
    (why,) = may_move(node(), policy(budgets=(FREEZE,)), tempo(), NOW)
    assert why.reason is Reason.BUDGET_WINDOW
    assert why.sentence == (
        "0 nodes are moving, going or not ready;"
        " budget freeze (in force for 8 h from 0 9 * * *, UTC) allows 0."
    )


@pytest.mark.parametrize(
    ("kind", "at"),
    [("risk", NOW), ("cost", NOW + timedelta(hours=5))],
    ids=["another kind", "over"],
)
def test_a_budget_for_another_kind_or_time_does_not_hold(kind, at):
    assert may_move(node(), policy(budgets=(FREEZE,)), tempo(), at, kind=kind) == ()


def test_the_smallest_of_several_budgets_holds_beside_the_policys_own():
    two, five = Budget("two", max_nodes=2), Budget("five", max_nodes=5)
    whys = may_move(node(), policy(budgets=(five, two)), tempo(disturbed=4), NOW)
    assert [(why.reason, why.need) for why in whys] == [(Reason.BUDGET, "4"), (Reason.BUDGET_WINDOW, "2")]
    assert may_move(node(), policy(budgets=(five, two)), tempo(disturbed=1), NOW) == ()
