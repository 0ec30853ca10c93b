"""A valid plan passes; each kind of mistake in it is found and said."""

from dataclasses import replace

import pytest

from apps.pipeline.optimizer.model import (
    ON_DEMAND,
    Exclusion,
    First,
    Limits,
    NewNode,
    Requirement,
    Toleration,
    Where,
)
from apps.pipeline.verification import check_plan
from tests.pipeline.verification.build import TAINT, node, offering, plan, problem, shape

ON_ARM = Where((frozenset({Requirement("kubernetes.io/arch", "In", frozenset({"arm64"}))}),))
FOUR = problem(*[shape()] * 4)
GOOD = plan(FOUR, (0, ["p0", "p1"]), (1, ["p2", "p3"]))


def said(of, answer) -> str:
    return " ".join(check_plan(of, answer))


def test_a_plan_that_keeps_to_everything_is_valid():
    assert check_plan(FOUR, GOOD) == []


def test_a_plan_on_a_node_that_runs_already_is_valid_and_costs_nothing():
    of = problem(shape(), nodes=(node(),))
    assert check_plan(of, plan(of, on={"old": ["p0"]})) == []


def test_nothing_to_place_is_a_valid_plan():
    assert check_plan(problem(), plan(problem())) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"new_nodes": (NewNode(0, ("p0", "p1", "p2")), NewNode(1, ("p2", "p3")))}, "p2 is answered 2 times"),
        ({"new_nodes": (NewNode(0, ("p0",)), NewNode(1, ("p2", "p3")))}, "p1 is neither placed nor unplaced"),
        (
            {"new_nodes": (NewNode(0, ("p0", "p1", "x")), NewNode(1, ("p2", "p3")))},
            "x is no pod of the problem",
        ),
        ({"new_nodes": (NewNode(0, ("p0", "p1")), NewNode(9, ("p2", "p3")))}, "pool 9, which is not offered"),
        ({"new_nodes": (*GOOD.new_nodes, NewNode(2, ()))}, "carries nothing"),
        ({"on_nodes": {"gone": ()}}, "gone is no node of the problem"),
        ({"cost": 1.5}, "says a cost of 1.5"),
        ({"cost": float("nan")}, "says a cost of nan"),
        ({"price": 1.5}, "says a price of 1.5"),
        ({"bound": 3.0, "gap": -0.5}, "is not between 0 and the cost"),
        ({"bound": -1.0, "gap": 1.5}, "is not between 0 and the cost"),
        ({"bound": 1.0}, "says a gap of 1.0"),
        ({"gap": 0.0}, "says a gap of 0.0"),
        ({"first": First(2.0, 5.0)}, "The first plan came after 5.000 s"),
    ],
)
def test_a_mistake_is_found(changed, words):
    assert words in said(FOUR, replace(GOOD, **changed))


@pytest.mark.parametrize(("cpu", "mem", "resource"), [(2001, 100, "cpu"), (100, 4097, "memory")])
def test_two_pods_too_large_for_one_node_are_found(cpu, mem, resource):
    of = problem(*[shape(cpu=cpu, mem=mem)] * 2)
    assert f"of {resource}; it has" in said(of, plan(of, (0, ["p0", "p1"])))
    assert check_plan(of, plan(of, (0, ["p0"]), (0, ["p1"]))) == []


def test_more_pods_than_slots_are_found():
    of = problem(*[shape(cpu=1, mem=1)] * 11)
    assert "ask for 11 of pods; it has 10" in said(of, plan(of, (0, [f"p{n}" for n in range(11)])))


def test_a_node_that_runs_already_is_not_overfilled_either():
    of = problem(shape(), nodes=(node(free=(999, 8192, 10)),))
    assert "on node old ask for 1000 of cpu; it has 999" in said(of, plan(of, on={"old": ["p0"]}))


def test_a_node_over_its_room_already_is_no_fault_of_a_plan_that_leaves_it_alone():
    of = problem(shape(), nodes=(node(free=(-100, 0, 0)),))
    assert check_plan(of, plan(of, (0, ["p0"]))) == []


def test_a_node_whose_labels_the_pod_refuses_is_found():
    of = problem(shape(where=ON_ARM), nodes=(node(labels={"kubernetes.io/arch": "arm64"}),))
    assert "may not run there" in said(of, plan(of, (0, ["p0"])))
    assert check_plan(of, plan(of, on={"old": ["p0"]})) == []


def test_a_taint_that_is_not_tolerated_is_found():
    tolerant = Where(tolerations=frozenset({Toleration("dedicated", "Exists")}))
    of = problem(shape(), shape(where=tolerant), offerings=(offering(taints=frozenset({TAINT})),))
    assert said(of, plan(of, (0, ["p0"]), (0, ["p1"]))).count("may not run there") == 1


def test_a_pool_above_its_share_is_found():
    of = problem(*[shape(cpu=3000)] * 4, limits=Limits(max_pool_share_pct=50))
    even = plan(of, (0, ["p0"]), (1, ["p1"]), (2, ["p2"]), (2, ["p3"]))
    assert check_plan(of, even) == []
    assert "3 of 4 new nodes are of pool 2; 50 % allow 2" in said(
        of, plan(of, (0, ["p0"]), (2, ["p1"]), (2, ["p2"]), (2, ["p3"]))
    )


def test_a_share_is_rounded_up_so_that_one_node_can_be_bought():
    of = problem(shape(), limits=Limits(max_pool_share_pct=20))
    assert check_plan(of, plan(of, (0, ["p0"]))) == []


def test_too_few_on_demand_nodes_are_found():
    pools = (offering(0), offering(1, lifecycle=ON_DEMAND))
    of = problem(*[shape(cpu=3000)] * 2, offerings=pools, limits=Limits(min_on_demand_nodes=3))
    assert "0 new nodes are on-demand; the policy wants 2" in said(of, plan(of, (0, ["p0"]), (0, ["p1"])))
    assert check_plan(of, plan(of, (1, ["p0"]), (1, ["p1"]))) == []


def test_the_cap_is_on_the_price_paid_and_not_on_the_cost_minimised():
    of = problem(shape(), offerings=(offering(cost=3.0, price=1.0),), limits=Limits(max_price_hourly_usd=1.0))
    assert check_plan(of, plan(of, (0, ["p0"]))) == []
    dear = replace(of, offerings=(offering(cost=1.0, price=1.1),))
    assert "the cap is 1.0" in said(dear, plan(dear, (0, ["p0"])))


@pytest.mark.parametrize(
    ("because", "words"),
    [
        (Exclusion.NO_POOL, "pools are offered"),
        (Exclusion.SELECTOR, "pool 0 takes it"),
        (Exclusion.TAINT, "pool 0 takes it"),
        (Exclusion.TOO_LARGE, "pool 0 takes it"),
        (Exclusion.SPREAD, "no such rule concerns it"),
        (Exclusion.TOGETHER, "no such rule concerns it"),
        (Exclusion.APART, "no such rule concerns it"),
        (Exclusion.POOL_SHARE, "no share is set"),
        (Exclusion.CAP, "no cap is set"),
    ],
)
def test_a_reason_that_cannot_be_true_is_found(because, words):
    of = problem(shape())
    assert words in said(of, plan(of, unplaced={"p0": because}))


@pytest.mark.parametrize(
    ("pod", "pools", "because"),
    [
        (shape(where=ON_ARM), (offering(),), Exclusion.SELECTOR),
        (shape(), (offering(taints=frozenset({TAINT})),), Exclusion.TAINT),
        (shape(cpu=4001), (offering(),), Exclusion.TOO_LARGE),
        (shape(), (), Exclusion.NO_POOL),
        (shape(), (offering(),), Exclusion.TIME),
    ],
)
def test_the_reason_that_is_true_passes_and_another_does_not(pod, pools, because):
    of = problem(pod, offerings=pools)
    assert check_plan(of, plan(of, unplaced={"p0": because})) == []
    assert check_plan(of, plan(of, unplaced={"p0": Exclusion.CAP})) != []


def test_a_cap_is_no_reason_while_money_for_the_pod_is_left():
    of = problem(shape(), limits=Limits(max_price_hourly_usd=1.5))
    assert "1.499999 USD an hour are left for it" in said(of, plan(of, unplaced={"p0": Exclusion.CAP}))
    tight = replace(of, limits=Limits(max_price_hourly_usd=0.5))
    assert check_plan(tight, plan(tight, unplaced={"p0": Exclusion.CAP})) == []


def test_a_reason_without_a_sentence_is_found():
    of = problem(shape())
    answer = plan(of, unplaced={"p0": Exclusion.TIME})
    mute = replace(answer, unplaced=(replace(answer.unplaced[0], detail=" "),))
    assert "without a sentence" in said(of, mute)
