"""What few pods cost at least is found out anew, whatever the certificate says."""

from dataclasses import replace

import pytest

from apps.pipeline.optimizer.model import HOST_LABEL, ZONE_LABEL, Certificate
from apps.pipeline.verification import check_bound
from tests.pipeline.verification.build import apart, node, plan, problem, shape, spread, together

WEB = ["web"]


def said(of, bound: float) -> str:
    """What the check says to a bound for a plan that places all pods."""
    everywhere = plan(of, (0, [pod.id for pod in of.pods]))
    proof = Certificate(0.0, {}, {}, {}, {}, {}, bound, parted=True)
    return " ".join(check_bound(of, replace(everywhere, bound=bound, certificate=proof)))


@pytest.mark.parametrize(
    ("of", "least"),
    [
        (problem(shape()), 1.0),
        (problem(*[shape()] * 4), 1.0),
        (problem(*[shape()] * 5), 2.0),
        (problem(*[shape()] * 4, shape(cpu=4000)), 2.0),
        (problem(*[shape()] * 5, nodes=(node(free=(1000, 1024, 1)),)), 1.0),
        (problem(shape(), nodes=(node(),)), 0.0),
        (problem(shape(of=WEB), nodes=(node(apart=frozenset(WEB)),)), 1.0),
        (problem(shape(apart(), of=WEB), nodes=(node(members={"web": 1}),)), 1.0),
        (problem(*[shape(apart(), of=WEB)] * 3), 3.0),
        (problem(*[shape(spread(over=HOST_LABEL, skew=2), of=WEB)] * 4), 2.0),
        (problem(*[shape(spread(), of=WEB)] * 3), 3.0),
        (problem(*[shape(apart(over=ZONE_LABEL), of=WEB)] * 2), 2.0),
        (problem(shape(together("db")), shape(of=["db"])), 1.0),
        (problem(*[shape()] * 200), 50.0),
    ],
)
def test_the_least_is_proven_and_no_more(of, least):
    assert said(of, least) == ""
    assert f"the certificate proves {least:.6f}" in said(of, least + 0.1)


def test_zones_that_rules_close_are_not_shared_out_to():
    web = shape(together("db", over=ZONE_LABEL))
    of = problem(web, placed={"db": {"b": 1}}, nodes=(node(zone="a"),))
    assert said(of, 1.0) == ""


def test_of_too_many_kinds_of_pods_nothing_is_proven():
    of = problem(*[shape(cpu=100 + number) for number in range(20)])
    assert "the certificate proves 0.000000" in said(of, 0.5)
