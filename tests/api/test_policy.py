"""A cluster's policy over the API: partial changes, clear refusals, a trail."""

import uuid
from decimal import Decimal

import pytest

from apps.accounts.models import AuditEvent
from tests.factories import AdminFactory, ClientUserFactory, ClusterFactory, LabFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return ClientUserFactory()


@pytest.fixture
def cluster(person):
    return ClusterFactory(account__client=person.client)


@pytest.fixture
def url(cluster) -> str:
    return f"/api/client/clusters/{cluster.id}/policy"


def test_named_fields_change_and_the_others_stay(as_user, person, cluster, url) -> None:
    api = as_user(person)
    before = api.get(url).json()
    answer = api.put(url, {"cooldown_seconds": 60, "mode": "dry_run"})
    assert answer.status_code == 200
    assert answer.json() == {**before, "cooldown_seconds": 60, "mode": "dry_run"} == api.get(url).json()


def test_the_trail_keeps_who_changed_what_from_what(as_user, person, cluster, url) -> None:
    as_user(person).put(url, {"min_saving_pct": "5.00", "moves_per_hour": 20})
    event = AuditEvent.objects.get(what="policy_changed")
    assert (event.who, event.client, event.target) == (person, person.client, f"cluster {cluster.name}")
    assert (event.before, event.after) == ({"min_saving_pct": "10.00"}, {"min_saving_pct": "5.00"})
    assert event.request_id
    assert event.address == "127.0.0.1"


def test_a_change_of_nothing_leaves_no_trail(as_user, person, url) -> None:
    assert as_user(person).put(url, {"moves_per_hour": 20}).status_code == 200
    assert not AuditEvent.objects.filter(what="policy_changed").exists()


def test_weights_that_do_not_make_one_are_refused_and_nothing_changes(as_user, person, cluster, url) -> None:
    answer = as_user(person).put(url, {"weight_cost": "0.5", "moves_per_hour": 3})
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "weights_unbalanced"
    assert "1.100" in answer.json()["error"]["message"]
    cluster.policy.refresh_from_db()
    assert (cluster.policy.weight_cost, cluster.policy.moves_per_hour) == (Decimal("0.400"), 20)


def test_four_weights_that_make_one_are_taken(as_user, person, url) -> None:
    weights = {
        "weight_cost": "0.7",
        "weight_stability": "0.1",
        "weight_performance": "0.1",
        "weight_capacity": "0.1",
    }
    assert as_user(person).put(url, weights).json()["weight_cost"] == "0.700"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rebalance", "act"),
        ("placement", "off"),
        ("consolidate", True),
        ("on_demand_floor_pct", 20),
        ("storm_interruptions_pct", 10),
        ("storm_on_demand_pct", 50),
        ("max_price_hourly_usd", "12.5000"),
        ("max_price_hourly_usd", None),
        ("headroom_pct", 15),
        ("headroom_cpu_milli", 4000),
        ("headroom_memory_mib", 8192),
        ("headroom_gpus", 1),
        ("solve_event_seconds", 0.5),
    ],
)
def test_each_rule_can_be_set(as_user, person, url, field, value) -> None:
    answer = as_user(person).put(url, {field: value})
    assert answer.status_code == 200
    assert answer.json()[field] == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mode", "yolo"),
        ("risk_ceiling", 1.5),
        ("risk_ceiling", "high"),
        ("risk_ceiling", "nan"),
        ("weight_cost", -0.1),
        ("max_pool_share_pct", 0),
        ("max_moving_pct", 101),
        ("cooldown_seconds", -1),
        ("cooldown_seconds", 10**12),
        ("architectures", ["sparc"]),
        ("families", "m5"),
        ("drain_limit_seconds", 0),
        ("rebalance", "panic"),
        ("placement", "yes"),
        ("consolidate", "yes"),
        ("on_demand_floor_pct", 101),
        ("storm_interruptions_pct", 0),
        ("storm_on_demand_pct", 101),
        ("headroom_pct", -1),
        ("headroom_gpus", -1),
        ("max_price_hourly_usd", "-1"),
        ("max_price_hourly_usd", 5),
        ("solve_event_seconds", 0),
        ("solve_batch_seconds", "nan"),
        ("solve_consolidation_seconds", 3600),
        ("moves_per_hours", 5),
        ("cluster", "other"),
    ],
)
def test_a_field_that_cannot_be_is_named(as_user, person, url, field, value) -> None:
    answer = as_user(person).put(url, {field: value})
    assert answer.status_code == 400
    assert list(answer.json()["error"]["details"]) == [field]


def test_a_body_that_is_no_object_is_refused(as_user, person, url) -> None:
    assert as_user(person).put(url, [1]).status_code == 400


def test_only_the_tenant_and_admins_reach_it(as_user, url) -> None:
    assert as_user(AdminFactory()).put(url, {"moves_per_hour": 1}).status_code == 200
    stranger, lab = as_user(ClientUserFactory()), as_user(LabFactory())
    assert stranger.get(url).status_code == stranger.put(url, {"moves_per_hour": 1}).status_code == 404
    assert lab.put(url, {"moves_per_hour": 1}).status_code == 403
    assert as_user(AdminFactory()).get(f"/api/client/clusters/{uuid.uuid4()}/policy").status_code == 404
