"""GET /api/admin/system/overview and /api/admin/components/{id}/logs."""

import pytest
from django.test import Client as Browser
from django.utils import timezone

from apps.pipeline.health.finding import Finding, critical, degraded
from apps.pipeline.health.recording import record_round
from apps.pipeline.models import Heartbeat
from apps.pipeline.statuses import ComponentKey
from tests.factories import AdminFactory, ClientUserFactory

pytestmark = pytest.mark.django_db
OVERVIEW = "/api/admin/system/overview"
LOGS = "/api/admin/components/redis/logs"


@pytest.fixture
def operator():
    browser = Browser()
    browser.force_login(AdminFactory())
    return browser


def checked(**unwell):
    """All ten were checked now; those named have a complaint."""
    well = Finding("Answers.", latency_ms=4.5, in_flight=2, capacity=8, unit="connections")
    record_round(
        {key: Finding("", [unwell[key]]) if key in unwell else well for key in ComponentKey}, timezone.now()
    )


@pytest.mark.requirement("4.1")
def test_the_overview_lists_ten_components_and_counts_them(operator):
    checked(redis=degraded("Memory is short."), ml_inference=critical("No answer."))
    body = operator.get(OVERVIEW).json()
    assert [component["id"] for component in body["components"]] == list(ComponentKey)
    assert body["status_counts"] == {"healthy": 8, "degraded": 1, "critical": 1}
    database, redis = body["components"][:2]
    assert (database["name"], database["status"], database["latency_ms"], database["logs_limit"]) == (
        "Database",
        "healthy",
        4.5,
        5,
    )
    assert (database["in_flight"], database["capacity"], database["unit"]) == (2, 8, "connections")
    assert (redis["status"], redis["detail"], redis["logs_limit"]) == ("degraded", "Memory is short.", 10)
    assert redis["changed_at"].endswith("Z")


def test_before_any_check_all_are_critical_and_say_what_to_do(operator):
    body = operator.get(OVERVIEW).json()
    assert body["status_counts"]["critical"] == 10
    assert "manage.py watch_health" in body["components"][0]["detail"]


@pytest.mark.requirement("2.11")
def test_load_is_work_in_flight_over_measured_capacity(operator):
    assert operator.get(OVERVIEW).json()["system_load"]["pct"] is None
    now = timezone.now()
    for kind, busy, slots in (("worker_default", 1.5, 2), ("worker_switches", 3.0, 8)):
        Heartbeat.objects.create(
            process=f"{kind}@host:{slots}", kind=kind, started_at=now, beat_at=now, busy=busy, slots=slots
        )
    assert operator.get(OVERVIEW).json()["system_load"] == {
        "pct": 45.0,
        "current": 4.5,
        "capacity": 10,
        "unit": "worker slots",
    }


@pytest.mark.requirement("4.2")
def test_logs_are_the_newest_first(operator):
    checked()
    checked(redis=critical("Redis does not answer."))
    body = operator.get(f"{LOGS}?limit=5").json()
    assert (body["component"], body["status"]) == ("redis", "critical")
    assert [line["status"] for line in body["results"]] == ["critical", "healthy"]
    assert body["results"][0] | {"at": ""} == {
        "at": "",
        "level": "error",
        "text": "Redis does not answer.",
        "status": "critical",
        "previous": "healthy",
    }


@pytest.mark.requirement("4.7")
def test_without_a_limit_they_count_from_the_change_while_it_is_unwell(operator):
    checked()
    checked(redis=critical("Redis does not answer."))
    assert [line["status"] for line in operator.get(LOGS).json()["results"]] == ["critical"]


@pytest.mark.parametrize("limit", ["0", "101", "many", ""])
def test_a_limit_out_of_range_is_refused(operator, limit):
    answer = operator.get(f"{LOGS}?limit={limit}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "validation_failed")


def test_an_unknown_component_is_not_found(operator):
    answer = operator.get("/api/admin/components/coffee/logs")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_logs_are_for_operators():
    browser = Browser()
    browser.force_login(ClientUserFactory())
    assert browser.get(LOGS).status_code == 403
