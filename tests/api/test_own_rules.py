"""Prices of one's own and disruption budgets over the API: kept with a trail, and refused with a reason."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import AuditEvent
from apps.fleet.models import DisruptionBudget, PriceOverlay
from tests.factories import (
    AdminFactory,
    ClientUserFactory,
    ClusterFactory,
    DisruptionBudgetFactory,
    PriceOverlayFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return ClientUserFactory()


@pytest.fixture
def cluster(person):
    return ClusterFactory(account__client=person.client)


@pytest.fixture
def overlays(person) -> str:
    return f"/api/client/{person.client_id}/price-overlays"


@pytest.fixture
def budgets(cluster) -> str:
    return f"/api/client/clusters/{cluster.id}/budgets"


def test_a_price_is_kept_listed_and_removed_with_a_trail(as_user, person, overlays) -> None:
    api = as_user(person)
    made = api.post(overlays, {"instance_types": "m5.*", "discount_pct": "27.5", "note": "Savings Plan"})
    assert made.status_code == 201
    assert made.json()["discount_pct"] == "27.50"
    assert made.json()["price_hourly_usd"] is None
    assert api.get(overlays).json()["results"] == [made.json()]
    assert api.delete(f"/api/client/price-overlays/{made.json()['id']}").status_code == 204
    assert not PriceOverlay.objects.exists()
    added, removed = AuditEvent.objects.filter(what__startswith="price_overlay").order_by("at")
    assert (added.what, removed.what) == ("price_overlay_added", "price_overlay_removed")
    assert added.after == removed.before
    assert added.after["discount_pct"] in ("27.5", "27.50")
    assert added.who == person


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({}, "it is either a price or a discount"),
        ({"price_hourly_usd": "0.1", "discount_pct": "5"}, "it is either a price or a discount"),
        ({"discount_pct": "5", "instance_types": "M5 large"}, "names no instance types"),
        ({"discount_pct": "5", "valid_until": "2020-01-01T00:00:00Z"}, "it would be over already"),
    ],
)
def test_a_price_that_says_nothing_is_refused(as_user, person, overlays, body, why) -> None:
    answer = as_user(person).post(overlays, body)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "price_overlay_invalid"
    assert why in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("discount_pct", "101"), ("price_hourly_usd", 1), ("lifecycle", "dedicated"), ("types", "m5.*")],
)
def test_a_field_of_a_price_that_cannot_be_is_named(as_user, person, overlays, field, value) -> None:
    answer = as_user(person).post(overlays, {"discount_pct": "5", field: value})
    assert answer.status_code == 400
    assert list(answer.json()["error"]["details"]) == [field]


def test_the_number_of_prices_is_bounded(as_user, person, overlays) -> None:
    PriceOverlayFactory.create_batch(200, client=person.client)
    answer = as_user(person).post(overlays, {"discount_pct": "5"})
    assert answer.status_code == 422
    assert "there are 200 already" in answer.json()["error"]["message"]


def test_a_budget_is_kept_listed_and_removed_with_a_trail(as_user, person, cluster, budgets) -> None:
    api = as_user(person)
    said = {
        "name": "office hours",
        "kinds": ["cost", "risk"],
        "max_nodes": 0,
        "cron": "0 9 * * 1-5",
        "duration_seconds": 9 * 3600,
        "time_zone": "Europe/Berlin",
    }
    made = api.post(budgets, said)
    assert made.status_code == 201
    assert {name: made.json()[name] for name in said} == said
    assert api.get(budgets).json()["results"] == [made.json()]
    assert api.delete(f"/api/client/budgets/{made.json()['id']}").status_code == 204
    assert not DisruptionBudget.objects.exists()
    added, removed = AuditEvent.objects.filter(what__startswith="budget_").order_by("at")
    assert (added.what, removed.what) == ("budget_added", "budget_removed")
    assert added.target == f"cluster {cluster.name}"
    assert added.after == removed.before == said


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({}, "it is either a number of nodes or a share of them"),
        ({"max_nodes": 1, "max_pct": 5}, "it is either a number of nodes or a share of them"),
        ({"max_nodes": 1, "duration_seconds": 60}, "a duration without a beginning says nothing"),
        ({"max_nodes": 1, "cron": "0 9 * * *"}, "a window lasts between a minute and 31 days"),
        ({"max_nodes": 1, "cron": "* * * * * *", "duration_seconds": 60}, "is no moment in five cron fields"),
        ({"max_nodes": 1, "cron": "0 25 * * *", "duration_seconds": 60}, "is no moment in five cron fields"),
        ({"max_nodes": 1, "cron": "0 0 31 2 *", "duration_seconds": 60}, "never comes"),
        ({"max_nodes": 1, "time_zone": "Berlin"}, "is no time zone"),
    ],
)
def test_a_budget_that_says_nothing_is_refused(as_user, person, budgets, body, why) -> None:
    answer = as_user(person).post(budgets, body)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "budget_invalid"
    assert why in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("field", "value"), [("kinds", ["interruption"]), ("max_pct", 101), ("max_nodes", -1), ("windows", [])]
)
def test_a_field_of_a_budget_that_cannot_be_is_named(as_user, person, budgets, field, value) -> None:
    answer = as_user(person).post(budgets, {field: value})
    assert answer.status_code == 400
    assert list(answer.json()["error"]["details"]) == [field]


def test_a_cluster_that_was_given_back_takes_no_budget(as_user, person, cluster, budgets) -> None:
    budget = DisruptionBudgetFactory(cluster=cluster)
    cluster.left_at = timezone.now() - timedelta(minutes=1)
    cluster.save()
    api = as_user(person)
    assert api.post(budgets, {"max_nodes": 1}).status_code == 409
    assert api.delete(f"/api/client/budgets/{budget.pk}").status_code == 409


def test_another_tenants_are_not_there(as_user, overlays, budgets, cluster, person) -> None:
    overlay, budget = PriceOverlayFactory(client=person.client), DisruptionBudgetFactory(cluster=cluster)
    stranger = as_user(ClientUserFactory())
    for path in (overlays, budgets):
        assert stranger.get(path).status_code == stranger.post(path, {}).status_code == 404
    for path in (f"/api/client/price-overlays/{overlay.pk}", f"/api/client/budgets/{budget.pk}"):
        assert stranger.delete(path).status_code == 404
    assert as_user(AdminFactory()).get(overlays).json()["count"] == 1
