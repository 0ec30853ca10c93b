"""GET /api/pipeline/funnel."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from apps.pipeline.models import PipelineRun, Trigger
from apps.pipeline.selectors.funnel import latest_funnel
from tests.factories import AdminFactory, ClusterFactory, LabFactory

pytestmark = pytest.mark.django_db
FUNNEL = "/api/pipeline/funnel"


@pytest.fixture
def operator():
    browser = Browser()
    browser.force_login(AdminFactory())
    return browser


def run(cluster, *, ago=timedelta(), counts=(500, 400, 350, 5), rejections=None):
    return PipelineRun.objects.create(
        cluster=cluster,
        trigger=Trigger.MARKET,
        started_at=timezone.now() - ago,
        seconds=0.5,
        **dict(zip(("scanned", "static_filters", "ml_prediction", "final_selection"), counts, strict=True)),
        rejections=rejections
        or {"static_filters": {"architecture": 100}, "ml_prediction": {"too_risky": 50}},
    )


@pytest.mark.requirement("2.6")
def test_four_stages_with_counts_shares_and_reasons(operator):
    made = run(ClusterFactory())
    body = operator.get(FUNNEL).json()
    assert [(stage["key"], stage["count"], stage["share_pct"]) for stage in body["stages"]] == [
        ("scanned", 500, 100.0),
        ("static_filters", 400, 80.0),
        ("ml_prediction", 350, 70.0),
        ("final_selection", 5, 1.0),
    ]
    assert all(stage["name"] and stage["description"] for stage in body["stages"])
    assert body["stages"][1]["rejected"] == [
        {"reason": "architecture", "name": "Architecture not allowed", "count": 100}
    ]
    assert body["rejected"] == {"not_chosen": 345, "architecture": 100, "too_risky": 50}
    assert (body["run_id"], body["runs"]) == (str(made.pk), 1)
    assert body["finished_at"].endswith("Z")


@pytest.mark.requirement("2.6")
def test_of_each_cluster_the_latest_run_counts(operator):
    first, second = ClusterFactory(), ClusterFactory()
    run(first, ago=timedelta(minutes=5), counts=(9, 9, 9, 9))
    run(first, ago=timedelta(minutes=1), counts=(10, 8, 6, 1), rejections={"static_filters": {"family": 2}})
    newest = run(second, counts=(20, 10, 5, 2), rejections={"static_filters": {"family": 10}})
    body = operator.get(FUNNEL).json()
    assert [stage["count"] for stage in body["stages"]] == [30, 18, 11, 3]
    assert body["rejected"]["family"] == 12
    assert (body["run_id"], body["cluster_id"], body["runs"]) == (str(newest.pk), str(second.pk), 2)


def test_of_one_cluster_alone(operator):
    asked = ClusterFactory()
    run(asked, counts=(10, 8, 6, 1))
    run(ClusterFactory())
    body = operator.get(FUNNEL, {"cluster_id": asked.pk}).json()
    assert [stage["count"] for stage in body["stages"]] == [10, 8, 6, 1]


def test_before_any_decision_the_stages_are_empty(operator):
    body = operator.get(FUNNEL).json()
    assert [stage["count"] for stage in body["stages"]] == [0, 0, 0, 0]
    assert (body["run_id"], body["finished_at"], body["rejected"]) == (None, None, {})


@pytest.mark.parametrize(("asked", "status"), [(uuid.uuid4(), 404), ("prod", 400)])
def test_an_unknown_cluster_and_no_cluster_at_all(operator, asked, status):
    assert operator.get(FUNNEL, {"cluster_id": asked}).status_code == status


def test_the_funnel_is_one_query_however_many_clusters(operator, django_assert_num_queries):
    for _ in range(3):
        run(ClusterFactory())
    with django_assert_num_queries(1):
        assert latest_funnel().runs == 3


def test_the_funnel_is_for_operators():
    browser = Browser()
    browser.force_login(LabFactory())
    assert browser.get(FUNNEL).status_code == 403
