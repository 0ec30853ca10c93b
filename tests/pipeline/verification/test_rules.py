"""Pods that must spread, stand together or stand apart: what is allowed, and what is found."""

import pytest

from apps.pipeline.optimizer.model import HOST_LABEL, ZONE_LABEL, Exclusion, Requirement, Where
from apps.pipeline.verification import check_plan
from tests.pipeline.verification.build import apart, node, offering, plan, problem, shape, spread, together

WEB = ["web"]
NOT_IN_C = Where((frozenset({Requirement(ZONE_LABEL, "NotIn", frozenset("c"))}),))


def said(of, *bought, on=None) -> str:
    return " ".join(check_plan(of, plan(of, *bought, on=on)))


def test_a_zone_may_hold_one_more_than_the_emptiest():
    of = problem(*[shape(spread(), of=WEB)] * 4)
    assert said(of, (0, ["p0", "p1"]), (1, ["p2"]), (2, ["p3"])) == ""
    assert "2 of web stand where" in said(of, (0, ["p0", "p1"]), (1, ["p2", "p3"]))


def test_a_wider_skew_allows_more():
    of = problem(*[shape(spread(skew=2), of=WEB)] * 4)
    assert said(of, (0, ["p0", "p1"]), (1, ["p2", "p3"])) == ""
    assert "2 more are allowed" in said(of, (0, ["p0", "p1", "p2"]), (1, ["p3"]))


def test_a_zone_where_the_pod_may_not_run_does_not_count_as_empty():
    of = problem(*[shape(spread(), of=WEB, where=NOT_IN_C)] * 4)
    assert said(of, (0, ["p0", "p1"]), (1, ["p2", "p3"])) == ""


def test_a_zone_where_another_carrier_may_run_counts_for_all():
    of = problem(*[shape(spread(), of=WEB, where=NOT_IN_C)] * 4, shape(spread(), of=WEB))
    assert "and 0 elsewhere" in said(of, (0, ["p0", "p1"]), (1, ["p2", "p3", "p4"]))
    assert said(of, (0, ["p0", "p1"]), (1, ["p2", "p3"]), (2, ["p4"])) == ""


def test_a_zone_counts_even_where_no_pool_is_large_enough():
    small = [offering(0), offering(1, zone="b", capacity=(10, 10, 1))]
    of = problem(*[shape(spread(), of=WEB)] * 2, offerings=small)
    assert "and 0 elsewhere" in said(of, (0, ["p0", "p1"]))


def test_the_zone_of_a_node_that_runs_already_counts_as_empty():
    of = problem(*[shape(spread(), of=WEB)] * 2, nodes=(node(zone="d", free=(0, 0, 0)),))
    assert "and 0 elsewhere" in said(of, (0, ["p0", "p1"]))


def test_members_that_run_already_count():
    crowded = problem(shape(spread(), of=WEB), nodes=(node(members={"web": 1}),))
    assert "2 of web" in said(crowded, on={"old": ["p0"]})
    assert said(crowded, (1, ["p0"])) == ""
    elsewhere = problem(shape(spread(), of=WEB), placed={"web": {"a": 1}})
    assert "2 of web" in said(elsewhere, (0, ["p0"]))
    assert said(elsewhere, (1, ["p0"])) == ""


def test_a_zone_that_was_too_full_before_is_no_fault_of_the_plan():
    of = problem(shape(spread(), of=WEB), placed={"web": {"a": 5}})
    assert said(of, (1, ["p0"])) == ""
    assert "6 of web" in said(of, (0, ["p0"]))


def test_over_hosts_no_node_carries_more_than_the_skew():
    of = problem(*[shape(spread(over=HOST_LABEL), of=WEB)] * 3)
    assert said(of, (0, ["p0"]), (0, ["p1"]), (0, ["p2"])) == ""
    assert "2 of web" in said(of, (0, ["p0", "p1"]), (0, ["p2"]))


def test_members_that_carry_no_rule_count_on_a_host_too():
    of = problem(shape(spread(over=HOST_LABEL), of=WEB), shape(of=WEB))
    assert "2 of web" in said(of, (0, ["p0", "p1"]))


@pytest.mark.parametrize("over", [ZONE_LABEL, HOST_LABEL])
def test_pods_apart_do_not_share_a_domain(over):
    of = problem(*[shape(apart(over=over), of=WEB)] * 2)
    assert said(of, (0, ["p0"]), (1, ["p1"])) == ""
    assert "1 are beside it" in said(of, (0, ["p0", "p1"]))


def test_apart_over_zones_reaches_further_than_the_host():
    of = problem(*[shape(apart(over=ZONE_LABEL), of=WEB)] * 2)
    assert "stands apart from web" in said(of, (0, ["p0"]), (0, ["p1"]))


def test_a_pod_apart_from_others_and_not_from_its_own_kind():
    of = problem(*[shape(apart("db"))] * 2, shape(of=["db"]))
    assert said(of, (0, ["p0", "p1"]), (0, ["p2"])) == ""
    assert "stands apart from db" in said(of, (0, ["p0", "p2"]), (0, ["p1"]))


def test_what_runs_already_is_stood_apart_from():
    of = problem(shape(apart(), of=["other"]), nodes=(node(members={"web": 1}),))
    assert "stands apart from web" in said(of, on={"old": ["p0"]})
    far = problem(shape(apart(over=ZONE_LABEL)), placed={"web": {"a": 1}})
    assert "stands apart from web" in said(far, (0, ["p0"]))
    assert said(far, (1, ["p0"])) == ""


def test_what_runs_already_stands_apart_from_what_comes():
    of = problem(shape(of=WEB), nodes=(node(apart=frozenset(WEB)),))
    assert "is given one of it" in said(of, on={"old": ["p0"]})
    assert said(of, (0, ["p0"])) == ""


@pytest.mark.parametrize("over", [ZONE_LABEL, HOST_LABEL])
def test_pods_together_share_a_domain(over):
    of = problem(*[shape(together(over=over), of=WEB)] * 2)
    assert said(of, (0, ["p0", "p1"])) == ""
    assert "run only with web" in said(of, (0, ["p0"]), (1, ["p1"]))


def test_two_pairs_in_two_zones_are_not_together():
    of = problem(*[shape(together(), of=WEB)] * 4)
    assert "run only with web" in said(of, (0, ["p0", "p1"]), (1, ["p2", "p3"]))


def test_together_over_zones_allows_two_hosts():
    of = problem(*[shape(together(), of=WEB)] * 2)
    assert said(of, (0, ["p0"]), (0, ["p1"])) == ""


def test_a_pod_follows_what_runs_already_even_if_it_selects_itself():
    of = problem(shape(together(), of=WEB), placed={"web": {"b": 1}})
    assert said(of, (1, ["p0"])) == ""
    assert "run only with web" in said(of, (0, ["p0"]))
    beside = problem(shape(together(over=HOST_LABEL)), nodes=(node(members={"web": 1}),))
    assert said(beside, on={"old": ["p0"]}) == ""
    assert "run only with web" in said(beside, (0, ["p0"]))


def test_a_pod_follows_one_that_comes_with_it():
    of = problem(shape(together("db")), shape(of=["db"]))
    assert said(of, (0, ["p0"]), (0, ["p1"])) == ""
    assert "run only with db" in said(of, (0, ["p0"]), (1, ["p1"]))


def test_a_pod_that_follows_nobody_cannot_be_placed():
    of = problem(shape(together("db")))
    assert "run only with db" in said(of, (0, ["p0"]))
    assert check_plan(of, plan(of, unplaced={"p0": Exclusion.TOGETHER})) == []


def test_members_without_the_rule_may_stand_anywhere_and_be_joined_there():
    of = problem(shape(of=WEB), shape(of=WEB), *[shape(together(), of=WEB)] * 2)
    assert said(of, (0, ["p0", "p2"]), (1, ["p1", "p3"])) == ""


def test_carriers_begin_a_group_in_one_domain_beside_those_brought_by_others():
    of = problem(shape(of=WEB), *[shape(together(), of=WEB)] * 2)
    assert said(of, (0, ["p0"]), (1, ["p1", "p2"])) == ""
    assert said(of, (0, ["p0"]), (1, ["p1"]), (2, ["p2"])).count("run only with web") == 2


def test_a_follower_that_is_no_member_joins_where_the_group_begins():
    of = problem(shape(together(), of=WEB), shape(together()))
    assert said(of, (0, ["p0"]), (0, ["p1"])) == ""
    assert "run only with web" in said(of, (0, ["p0"]), (1, ["p1"]))
