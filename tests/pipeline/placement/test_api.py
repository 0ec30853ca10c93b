"""Plans over the API, and trying without doing."""

import pytest
from django.test import Client as Browser

from apps.pipeline.statuses import PlanState
from deploy.sandbox.seed.world import NodeSet
from tests.factories import ClientUserFactory, ClusterFactory
from tests.factories.pipeline import PlacementPlanFactory

pytestmark = pytest.mark.django_db


def browser_of(client):
    browser = Browser()
    browser.force_login(ClientUserFactory(client=client))
    return browser


@pytest.fixture
def cluster():
    return ClusterFactory()


@pytest.fixture
def mine(cluster):
    return browser_of(cluster.client)


def test_a_clusters_plans_are_listed_in_numbers_the_newest_first(
    cluster, mine, django_assert_max_num_queries
):
    old, new = PlacementPlanFactory(cluster=cluster), PlacementPlanFactory(cluster=cluster)
    PlacementPlanFactory()

    with django_assert_max_num_queries(8):
        body = mine.get(f"/api/client/clusters/{cluster.pk}/plans").json()

    assert [one["id"] for one in body["results"]] == [str(new.pk), str(old.pk)]
    first = body["results"][0]
    assert (first["new_nodes"], first["unplaced"], first["price_hourly_usd"]) == (1, 1, "0.061000")


def test_plans_are_filtered_by_purpose_and_state(cluster, mine):
    PlacementPlanFactory(cluster=cluster)
    done = PlacementPlanFactory(cluster=cluster, state=PlanState.DONE)
    path = f"/api/client/clusters/{cluster.pk}/plans"

    assert [one["id"] for one in mine.get(f"{path}?state=done").json()["results"]] == [str(done.pk)]
    assert mine.get(f"{path}?purpose=dry_run").json()["count"] == 0
    assert mine.get(f"{path}?state=nonsense").status_code == 400


def test_a_plan_is_shown_with_its_packing_and_its_reasons(cluster, mine):
    plan = PlacementPlanFactory(cluster=cluster, certificate={"alpha": 1.0})

    body = mine.get(f"/api/client/plans/{plan.pk}").json()

    assert body["new_nodes"][0]["pods"] == ["default/api-0", "default/api-1"]
    assert body["unplaced"][0]["because"] == "too_large"
    assert body["certificate"] == {"alpha": 1.0}


def test_another_tenants_plan_is_as_unknown_as_none(cluster, mine):
    theirs = PlacementPlanFactory()

    assert mine.get(f"/api/client/plans/{theirs.pk}").status_code == 404
    assert mine.get(f"/api/client/clusters/{theirs.cluster_id}/plans").status_code == 404
    for action, body in (("dry-run", {}), ("what-if", {"node": "node-a"})):
        path = f"/api/client/clusters/{theirs.cluster_id}/{action}"
        assert mine.post(path, body, content_type="application/json").status_code == 404


def test_what_is_asked_is_checked(cluster, mine):
    path = f"/api/client/clusters/{cluster.pk}"
    for action, body in (("dry-run", {"whole": "yes"}), ("what-if", {}), ("what-if", {"node": "a", "x": 1})):
        assert mine.post(f"{path}/{action}", body, content_type="application/json").status_code == 400


def test_a_dry_run_and_a_what_if_are_answered_at_once(tenant):
    world = tenant().build(NodeSet("m5.xlarge", "us-east-1a", 2, "on-demand"), mode="observe")
    world.deployment("web", replicas=2, on=world.nodes()[0].name)
    browser, path = browser_of(world.client), f"/api/client/clusters/{world.cluster.pk}"

    made = browser.post(f"{path}/dry-run", {"whole": True}, content_type="application/json")
    told = browser.post(f"{path}/what-if", {"node": world.nodes()[0].name}, content_type="application/json")
    none = browser.post(f"{path}/what-if", {"node": "nowhere"}, content_type="application/json")

    assert (made.status_code, made.json()["purpose"], made.json()["state"]) == (201, "dry_run", "recorded")
    assert (told.status_code, told.json()["pods"]) == (200, 2)
    assert told.json()["sentence"].startswith("2 pods would move to")
    assert browser.get(f"/api/client/plans/{told.json()['plan_id']}").json()["purpose"] == "what_if"
    assert none.status_code == 404
