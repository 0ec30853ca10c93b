"""Whatever the solver answers stands the check that shares no code with it."""

import pytest
from hypothesis import HealthCheck, given, settings

from apps.pipeline.optimizer.model import (
    HOST_LABEL,
    ZONE_LABEL,
    Exclusion,
    Plan,
    Problem,
    Requirement,
    Where,
)
from apps.pipeline.optimizer.solving import solve, warm_up
from apps.pipeline.verification import check_bound, check_plan
from tests.pipeline.verification.build import apart, node, offering, problem, shape, together
from tests.pipeline.verification.packings import packings

WEB = ["web"]


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    warm_up()


def checked(packing: Problem) -> Plan:
    plan = solve(packing, deadline_seconds=0.5)
    assert check_plan(packing, plan) == []
    assert check_bound(packing, plan) == []
    return plan


def reasons(plan: Plan) -> dict[str, Exclusion]:
    return {entry.pod: entry.because for entry in plan.unplaced}


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=40)
@given(packings())
def test_every_plan_can_be_carried_out_and_its_bound_is_proven(packing):
    checked(packing)


def test_pods_that_fill_two_nodes_are_put_on_two():
    assert checked(problem(*[shape()] * 8)).cost == 2.0


def test_without_a_pool_what_fits_goes_onto_what_runs_and_the_rest_says_why():
    plan = checked(problem(*[shape()] * 6, offerings=(), nodes=(node(),)))
    assert len(plan.on_nodes["old"]) == 4
    assert len(plan.unplaced) == 2
    bare = checked(problem(*[shape()] * 2, offerings=()))
    assert set(reasons(bare).values()) == {Exclusion.NO_POOL}


@pytest.mark.parametrize("over", [ZONE_LABEL, HOST_LABEL])
def test_a_pod_that_follows_what_runs_nowhere_is_left_and_says_so(over):
    plan = checked(problem(shape(together("db", over=over))))
    assert reasons(plan) == {"p0": Exclusion.TOGETHER}


@pytest.mark.parametrize("over", [ZONE_LABEL, HOST_LABEL])
def test_a_pod_follows_one_that_comes_with_it(over):
    plan = checked(problem(shape(together("db", over=over)), shape(of=["db"]), shape(of=["db"])))
    assert plan.unplaced == ()


@pytest.mark.parametrize("over", [ZONE_LABEL, HOST_LABEL])
def test_a_group_that_stands_together_begins_in_one_place(over):
    plan = checked(problem(*[shape(together(over=over), of=WEB)] * 3))
    assert plan.unplaced == ()


def test_what_a_running_pod_stands_apart_from_says_so():
    of = problem(shape(of=WEB), offerings=(), nodes=(node(apart=frozenset(WEB)),))
    assert reasons(checked(of)) in ({"p0": Exclusion.APART}, {"p0": Exclusion.NO_POOL})


def test_pods_apart_over_zones_are_left_where_the_zones_end():
    of = problem(*[shape(apart(over=ZONE_LABEL), of=WEB)] * 4)
    assert list(reasons(checked(of)).values()) == [Exclusion.APART]


def test_pools_of_one_pod_each_are_all_used():
    of = problem(*[shape()] * 3, offerings=(offering(capacity=(1000, 1024, 1)),))
    assert len(checked(of).new_nodes) == 3


def test_the_bound_of_a_plan_that_leaves_a_whole_class_is_proven_for_the_rest():
    zone_a = frozenset({"a"})
    here = Where(terms=(frozenset({Requirement(ZONE_LABEL, "In", zone_a)}),))
    elsewhere = Where(terms=(frozenset({Requirement(ZONE_LABEL, "NotIn", zone_a)}),))
    lonely = shape(together("db", over=ZONE_LABEL), cpu=250, mem=3000, where=here)
    plan = checked(problem(*[shape(cpu=2000, mem=1000, where=elsewhere)] * 2, lonely))
    assert reasons(plan) == {"p2": Exclusion.TOGETHER}
    assert plan.cost == 1.0
