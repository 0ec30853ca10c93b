"""What a certificate proves is computed again; what it does not prove is found."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pipeline.optimizer.model import HOST_LABEL, Certificate, Exclusion, Limits, RuleKind
from apps.pipeline.verification import check_bound
from tests.pipeline.verification.build import (
    ROOM,
    TAINT,
    apart,
    node,
    offering,
    plan,
    problem,
    shape,
    spread,
    together,
)

WEB = ["web"]
# What a node of one USD an hour with four cores may be worth if a core is worth a quarter of it.
BY_CORE = (1 / 4000, 0.0, 0.0)
POOLS = {0: BY_CORE, 1: BY_CORE, 2: BY_CORE}


def certificate(bound: float = 2.0, **changed: object) -> Certificate:
    """Each pod of class 0, of one core, is worth a quarter."""
    made = Certificate(1.0, {0: 0.25}, {}, POOLS, {}, {}, bound)
    return replace(made, **changed)


def said(of, answer, proof) -> str:
    stated = replace(answer, bound=proof.bound, certificate=proof)
    return " ".join(check_bound(of, stated))


EIGHT = problem(*[shape()] * 8)
BOUGHT = plan(EIGHT, (0, ["p0", "p1", "p2", "p3"]), (1, ["p4", "p5", "p6", "p7"]))


def test_eight_cores_cost_two_nodes_of_four():
    assert said(EIGHT, BOUGHT, certificate(2.0)) == ""
    assert "states a bound of 2.100000; the certificate proves 2.000000" in said(
        EIGHT, BOUGHT, certificate(2.1)
    )


def test_a_lower_statement_than_what_is_proven_is_no_mistake():
    assert said(EIGHT, BOUGHT, certificate(1.5)) == ""


def test_no_bound_needs_no_certificate_and_a_bound_needs_one():
    assert check_bound(EIGHT, BOUGHT) == []
    assert check_bound(EIGHT, replace(BOUGHT, bound=1.0)) == [
        "The bound 1.000000 comes without a certificate."
    ]


def test_a_plan_may_not_state_more_than_its_certificate():
    stated = replace(BOUGHT, bound=2.5, certificate=certificate(2.0))
    assert check_bound(EIGHT, stated) == [
        "The plan states a bound of 2.500000; the certificate proves 2.000000."
    ]


def test_duals_that_no_node_is_worth_are_found_and_alpha_scales_them_down():
    dear = certificate(4.0, duals={0: 0.5})
    assert "A node of pool 0 may be worth 2.0" in said(EIGHT, BOUGHT, dear)
    assert said(EIGHT, BOUGHT, replace(dear, alpha=0.5, bound=2.0)) == ""


def test_weights_that_are_missing_price_no_room():
    bare = certificate(2.0, weights={0: BY_CORE, 1: BY_CORE})
    # Without weights four pods fit by their requests alone: the bound is the same here.
    assert said(EIGHT, BOUGHT, bare) == ""
    assert "A node of pool 2" in said(EIGHT, BOUGHT, replace(bare, duals={0: 0.26}, alpha=0.98))


def test_pods_that_are_not_placed_are_worth_nothing():
    of = problem(*[shape()] * 4, limits=Limits(max_price_hourly_usd=0.5))
    answer = plan(of, unplaced=dict.fromkeys(["p0", "p1", "p2", "p3"], Exclusion.CAP))
    assert "the certificate proves 0.000000" in said(of, answer, certificate(1.0))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"alpha": -1.0}, "negative or no number"),
        ({"alpha": float("nan")}, "negative or no number"),
        ({"weights": {0: (-1.0, 0.0, 0.0)}}, "negative or no number"),
        ({"weights": {0: (0.1, 0.0)}}, "not one for each of the 3 resources"),
        ({"weights": {9: BY_CORE}}, "a pool that is not offered"),
        ({"duals": {0: float("inf")}}, "A dual is no number"),
        ({"duals": {3: 0.1}}, "a class that no pod is of"),
        ({"share_duals": {0: 0.1}}, "a pool share that is not set"),
        ({"zone_duals": {(RuleKind.SPREAD, "web", "a"): 0.1}}, "does not hold for all of its group"),
        ({"bound": float("nan")}, "states a bound of nan"),
    ],
)
def test_a_certificate_that_makes_no_sense_is_found(changed, words):
    assert words in said(EIGHT, BOUGHT, certificate(**changed))


def test_a_node_can_only_be_worth_what_may_run_there():
    pools = (offering(0), offering(1, cost=0.1, taints=frozenset({TAINT})))
    of = problem(*[shape()] * 4, offerings=pools)
    answer = plan(of, (0, ["p0", "p1", "p2", "p3"]))
    assert said(of, answer, certificate(1.0, weights={0: BY_CORE})) == ""


@pytest.mark.parametrize("rule", [apart(), spread(over=HOST_LABEL)])
def test_pods_that_cannot_share_a_host_are_each_worth_a_node(rule):
    of = problem(*[shape(rule, of=WEB)] * 3)
    answer = plan(of, (0, ["p0"]), (0, ["p1"]), (0, ["p2"]))
    assert said(of, answer, certificate(3.0, duals={0: 1.0}, weights={})) == ""


def test_classes_of_one_host_group_share_its_limit():
    of = problem(*[shape(apart(), of=WEB), shape(apart(), of=WEB, cpu=500)] * 2)
    answer = plan(of, (0, ["p0"]), (0, ["p1"]), (0, ["p2"]), (0, ["p3"]))
    assert said(of, answer, certificate(4.0, duals={0: 1.0, 1: 1.0}, weights={})) == ""


def test_pods_that_need_not_carry_the_rule_do_not_share_its_limit():
    of = problem(*[shape(apart(), of=WEB), shape(of=WEB, cpu=500)] * 2)
    answer = plan(of, (0, ["p0"]), (0, ["p1"]), (0, ["p2"]), (0, ["p3"]))
    assert "may be worth" in said(of, answer, certificate(4.0, duals={0: 1.0, 1: 1.0}, weights={}))


def test_room_on_a_node_that_runs_already_is_taken_off():
    of = problem(*[shape()] * 8, nodes=(node(free=(2000, 8192, 10)),))
    answer = plan(of, (0, ["p0", "p1", "p2", "p3"]), (0, ["p4", "p5"]), on={"old": ["p6", "p7"]})
    proof = certificate(1.5, node_weights={"old": BY_CORE})
    assert said(of, answer, proof) == ""
    assert "the certificate proves 1.500000" in said(of, answer, replace(proof, bound=2.0))
    assert "the certificate proves 1.500000" in said(of, answer, replace(proof, bound=2.0, node_weights={}))


def test_a_node_that_cannot_take_the_pods_takes_nothing_off():
    for kept_away in (node(apart=frozenset(WEB)), node(members={"web": 1}), node(free=(-1, 0, 0))):
        of = problem(*[shape(apart(), of=WEB)] * 2, nodes=(kept_away,))
        answer = plan(of, (0, ["p0"]), (0, ["p1"]))
        assert said(of, answer, certificate(2.0, duals={0: 1.0}, weights={})) == ""


CHEAP_IN_A = tuple(
    offering(key, zone=zone, cost=cost) for key, (zone, cost) in enumerate(zip("abc", (1, 2, 2), strict=True))
)


def zone_certificate(kind: RuleKind, bound: float) -> Certificate:
    """A core is worth a quarter in zone a, and twice that elsewhere, where nodes cost twice as much."""
    more = {(kind, "web", zone): 0.25 for zone in "bc"}
    dear = (2 / 4000, 0.0, 0.0)
    return certificate(bound, zone_duals=more, weights={0: BY_CORE, 1: dear, 2: dear})


def test_spread_pods_cannot_all_be_where_it_is_cheap():
    of = problem(*[shape(spread(), of=WEB)] * 12, offerings=CHEAP_IN_A)
    answer = plan(of, *[(z, [f"p{4 * z + n}" for n in range(4)]) for z in range(3)])
    assert said(of, answer, zone_certificate(RuleKind.SPREAD, 5.0)) == ""
    assert "proves 5.0" in said(of, answer, zone_certificate(RuleKind.SPREAD, 5.1))


def test_a_remainder_of_a_spread_goes_where_it_is_cheap():
    of = problem(*[shape(spread(), of=WEB)] * 4, offerings=CHEAP_IN_A)
    answer = plan(of, (0, ["p0", "p1"]), (1, ["p2"]), (2, ["p3"]))
    assert said(of, answer, zone_certificate(RuleKind.SPREAD, 1.5)) == ""
    assert "proves 1.5" in said(of, answer, zone_certificate(RuleKind.SPREAD, 1.6))


def test_members_there_already_pull_a_spread_elsewhere():
    of = problem(*[shape(spread(), of=WEB)] * 4, offerings=CHEAP_IN_A, placed={"web": {"a": 9}})
    answer = plan(of, (1, ["p0", "p1"]), (2, ["p2", "p3"]))
    assert said(of, answer, zone_certificate(RuleKind.SPREAD, 2.0)) == ""


def test_a_group_together_goes_where_it_is_cheap_unless_it_runs_elsewhere():
    of = problem(*[shape(together(), of=WEB)] * 4, offerings=CHEAP_IN_A)
    answer = plan(of, (0, ["p0", "p1", "p2", "p3"]))
    assert "proves 1.0" in said(of, answer, zone_certificate(RuleKind.TOGETHER, 2.0))
    running = replace(of, placed={"web": {"b": 1}})
    assert said(running, answer, zone_certificate(RuleKind.TOGETHER, 2.0)) == ""


def test_pods_apart_over_zones_take_one_zone_each():
    of = problem(*[shape(apart(over=spread().domain), of=WEB)] * 3, offerings=CHEAP_IN_A)
    answer = plan(of, (0, ["p0"]), (1, ["p1"]), (2, ["p2"]))
    assert said(of, answer, zone_certificate(RuleKind.APART, 1.25)) == ""
    assert "proves 1.25" in said(of, answer, zone_certificate(RuleKind.APART, 1.3))


def test_a_rule_that_some_members_do_not_carry_proves_nothing_of_zones():
    of = problem(*[shape(spread(), of=WEB)] * 2, shape(of=WEB), offerings=CHEAP_IN_A)
    answer = plan(of, (0, ["p0", "p2"]), (1, ["p1"]))
    assert "does not hold for all of its group" in said(of, answer, zone_certificate(RuleKind.SPREAD, 0.1))


def test_a_share_forces_dearer_pools():
    """Half of the nodes may be of the cheap pool, and a node more where the number is odd."""
    pools = (offering(0, cost=1.0), offering(1, cost=3.0))
    of = problem(*[shape(cpu=ROOM[0])] * 400, offerings=pools, limits=Limits(max_pool_share_pct=50))
    answer = plan(of, *[(n % 2, [f"p{n}"]) for n in range(400)])
    proof = certificate(0.0, duals={0: 2.0}, weights={}, share_duals={0: 0.02})
    assert "proves 798.02" in said(of, answer, replace(proof, bound=799.0))
    assert said(of, answer, replace(proof, bound=798.0)) == ""
    greedy = replace(proof, duals={0: 2.1}, bound=0.0)
    assert "A node of pool" in said(of, answer, greedy)


@given(
    cpu=st.integers(1, ROOM[0]),
    number=st.integers(1, 12),
    duals=st.floats(0, 2),
    weights=st.tuples(*[st.floats(0, 0.001)] * 3),
)
def test_whatever_a_certificate_proves_is_no_more_than_the_cheapest_packing(cpu, number, duals, weights):
    """Scaled so that no node is worth more than it costs, any duals and any weights make a valid bound."""
    of = problem(*[shape(cpu=cpu, mem=1)] * number, offerings=(offering(),))
    per_node = min(ROOM[0] // cpu, ROOM[2])
    ids = [f"p{n}" for n in range(number)]
    answer = plan(of, *[(0, ids[n : n + per_node]) for n in range(0, number, per_node)])
    proof = certificate(answer.cost * 1.001, duals={0: duals}, weights={0: weights})
    assert said(of, answer, proof) != ""


def test_room_that_whole_pods_cannot_use_up_is_worth_nothing():
    """Pods of 1,500 use 3,000 of 4,000 at most: two of them are worth a node."""
    of = problem(*[shape(cpu=1500)] * 4)
    answer = plan(of, (0, ["p0", "p1"]), (1, ["p2", "p3"]))
    by_use = dict.fromkeys(range(3), (1 / 3000, 0.0, 0.0))
    assert said(of, answer, certificate(2.0, duals={0: 0.5}, weights=by_use)) == ""
    mixed = problem(*[shape(cpu=1500)] * 4, shape(cpu=1000))
    bought = plan(mixed, (0, ["p0", "p1"]), (1, ["p2", "p3"]), (2, ["p4"]))
    proof = certificate(2.3, duals={0: 0.5, 1: 1 / 3}, weights=by_use)
    assert "A node of pool 0 may be worth 1.33" in said(mixed, bought, proof)


def test_three_pods_of_which_one_fits_are_three_nodes_by_whole_pods_only():
    of = problem(*[shape(cpu=3000)] * 3)
    answer = plan(of, (0, ["p0"]), (1, ["p1"]), (2, ["p2"]))
    # A pod of three cores of four may be worth a whole node, as the room beside it is of no use to another.
    proof = certificate(3.0, duals={0: 1.0})
    assert "A node of pool 0 may be worth" in said(of, answer, replace(proof, weights={}, duals={0: 1.1}))
    two_sizes = problem(*[shape(cpu=3000)] * 3, *[shape(cpu=2000)] * 3)
    bought = plan(two_sizes, *[(0, [f"p{n}"]) for n in range(3)], (1, ["p3", "p4"]), (1, ["p5"]))
    priced = certificate(4.5, duals={0: 1.0, 1: 0.5}, weights={0: BY_CORE, 1: BY_CORE, 2: BY_CORE})
    assert "A node of pool 0 may be worth 1.25" in said(two_sizes, bought, priced)
    counted = replace(priced, exact={0: (0,), 1: (0, 1), 2: (0, 1, 2)})
    assert said(two_sizes, bought, counted) == ""
    assert "A node of pool 1" in said(two_sizes, bought, replace(counted, duals={0: 1.0, 1: 0.51}))


def test_whole_pods_are_counted_with_at_most_one_of_a_group_apart():
    of = problem(*[shape(apart(), of=WEB, cpu=1000)] * 2, *[shape(cpu=3000)] * 2)
    answer = plan(of, (0, ["p0", "p2"]), (0, ["p1", "p3"]))
    proof = certificate(2.0, duals={0: 0.25, 1: 0.75}, weights={}, exact={0: (0,), 1: (0,), 2: (0,)})
    assert said(of, answer, proof) == ""
    free = problem(*[shape(cpu=1000)] * 2, *[shape(cpu=3000)] * 2)
    assert "may be worth" in said(free, answer, replace(proof, duals={0: 0.6, 1: 0.75}))


def test_whole_pods_of_an_unknown_resource_prove_nothing():
    assert "a resource that there is not" in said(EIGHT, BOUGHT, certificate(exact={0: (3,)}))
    assert "a pool that is not offered" in said(EIGHT, BOUGHT, certificate(exact={7: (0,)}))
