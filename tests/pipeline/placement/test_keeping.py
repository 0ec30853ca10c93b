"""How problems are stored, and how long plans are kept."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.pipeline.models import PlacementPlan, PlacementRequest
from apps.pipeline.optimizer.model import (
    ZONE_LABEL,
    Certificate,
    ExistingNode,
    Limits,
    Offering,
    Pod,
    Problem,
    Requirement,
    Rule,
    RuleKind,
    Shape,
    Taint,
    Toleration,
    Where,
)
from apps.pipeline.placement.storing import certificate_json, certificate_of, packed, unpacked
from apps.pipeline.retention import forget_plans
from apps.pipeline.statuses import RequestState
from tests.factories import ClusterFactory
from tests.factories.pipeline import PlacementPlanFactory

WHERE = Where(
    (frozenset({Requirement("disk", "In", frozenset({"ssd", "hdd"}))}), frozenset()),
    frozenset({Toleration("spot", "Exists")}),
)
SHAPES = (
    Shape((100, 200, 1)),
    Shape((300, 200, 1), WHERE, frozenset({Rule(RuleKind.SPREAD, "g", ZONE_LABEL, 2)}), frozenset({"g"})),
)


@given(which=st.lists(st.sampled_from(SHAPES), max_size=8))
def test_a_problem_is_read_back_as_it_was(which):
    problem = Problem(
        resources=("cpu", "memory", "pods"),
        pods=[Pod(f"shop/{number}", shape) for number, shape in enumerate(which)],
        offerings=[Offering(7, "m6i.large", "a", "spot", 0.031, 0.03, (1930, 7000, 29), {"x": "y"})],
        nodes=[
            ExistingNode(
                "node-a",
                "a",
                "on_demand",
                (1, 2, 3),
                {},
                frozenset({Taint("t")}),
                {"g": 2},
                frozenset({"h"}),
            )
        ],
        limits=Limits(30, 1, 0.5),
        placed={"g": {"b": 1}},
    )

    assert unpacked(packed(problem)) == problem


def test_a_certificate_is_read_back_without_its_zeros():
    certificate = Certificate(
        alpha=0.9,
        duals={0: 1.5, 1: 0.0},
        zone_duals={(RuleKind.SPREAD, "g", "a"): -0.25},
        weights={7: (0.1, 0.0), 8: (0.0, 0.0)},
        node_weights={"node-a": (0.0, 2.0)},
        share_duals={7: 0.5},
        exact={7: (0, 1)},
        bound=1.25,
    )

    assert certificate_of(certificate_json(certificate)) == Certificate(
        alpha=0.9,
        duals={0: 1.5},
        zone_duals=certificate.zone_duals,
        weights={7: (0.1, 0.0)},
        node_weights=certificate.node_weights,
        share_duals=certificate.share_duals,
        exact=certificate.exact,
        bound=1.25,
    )


@pytest.mark.django_db
def test_a_plan_outlives_its_problem_and_is_forgotten_in_the_end():
    now = timezone.now()
    cluster = ClusterFactory()

    def request(age, finished=True):
        at = now - age
        return PlacementRequest.objects.create(
            cluster=cluster,
            pods=1,
            problem=b"",
            state=RequestState.DONE if finished else RequestState.WAITING,
            created_at=at,
            finished_at=at if finished else None,
        )

    old, fresh = request(timedelta(days=8)), request(timedelta(days=6))
    still_open = request(timedelta(days=8), False)
    kept = PlacementPlanFactory(cluster=cluster, request=old, created_at=now - timedelta(days=8))
    PlacementPlanFactory(cluster=cluster, created_at=now - timedelta(days=91))

    forget_plans(now)

    assert set(PlacementRequest.objects.all()) == {fresh, still_open}
    assert list(PlacementPlan.objects.all()) == [kept]
    assert PlacementPlan.objects.get().request is None
