"""The checks of what the platform rests on: PostgreSQL, Redis, the queues, the live events."""

import signal
from datetime import timedelta

import pytest

from apps.pipeline.health.checks import CHECKS
from apps.pipeline.health.checks.queues import USUAL_WINDOW
from apps.pipeline.health.probing import answered, probes
from apps.pipeline.health.rounds import looked_at
from apps.pipeline.models import Heartbeat
from apps.pipeline.statuses import ComponentKey, ComponentStatus
from apps.pipeline.tasks.health import answer_probe
from atharva.live.publishing import connection
from celery_app import QUEUES

from .conftest import SECOND

pytestmark = pytest.mark.django_db
HEALTHY, DEGRADED, CRITICAL = ComponentStatus.HEALTHY, ComponentStatus.DEGRADED, ComponentStatus.CRITICAL


@pytest.fixture
def empty_queues(fresh_cache):
    connection().delete(*QUEUES)
    yield
    connection().delete(*QUEUES)


@pytest.mark.requirement("4.2")
def test_the_database_answers_with_its_latency_and_its_connections(now):
    found = looked_at(ComponentKey.DATABASE, now)
    assert found.status == HEALTHY
    assert found.latency_ms > 0
    assert 0 < found.in_flight < found.capacity
    assert found.unit == "connections"


@pytest.mark.requirement("4.2")
def test_a_database_without_room_for_connections_is_degraded(now, monkeypatch):
    monkeypatch.setattr("apps.pipeline.health.checks.database.FULL", 0.0)
    found = looked_at(ComponentKey.DATABASE, now)
    assert found.status == DEGRADED
    assert "connections are in use" in found.detail


@pytest.mark.requirement("4.3")
def test_redis_answers_with_its_memory_and_its_clients(own_redis, now):
    found = looked_at(ComponentKey.REDIS, now)
    assert found.status == HEALTHY
    assert "MiB used" in found.detail
    assert 0 < found.in_flight < found.capacity


@pytest.mark.requirement("4.3")
def test_redis_that_drops_keys_is_degraded(own_redis, now):
    connection().config_set("maxmemory", "1gb")
    connection().config_set("maxmemory-policy", "allkeys-lru")
    found = looked_at(ComponentKey.REDIS, now)
    assert found.status == DEGRADED
    assert "allkeys-lru" in found.detail


@pytest.mark.parametrize("key", [ComponentKey.REDIS, ComponentKey.LIVE_EVENTS, ComponentKey.TASK_QUEUE])
def test_without_redis_what_rests_on_it_is_critical(own_redis, all_alive, now, key):
    own_redis.stop()
    found = looked_at(key, now)
    assert (found.status, found.detail, found.latency_ms) == (CRITICAL, "Redis does not answer.", None)


def test_redis_that_hangs_does_not_hold_the_checks_up(own_redis, now):
    own_redis.process().send_signal(signal.SIGSTOP)
    try:
        assert looked_at(ComponentKey.REDIS, now).status == CRITICAL
    finally:
        own_redis.process().send_signal(signal.SIGCONT)


def test_a_live_event_is_delivered_and_read_back(own_redis, now):
    found = looked_at(ComponentKey.LIVE_EVENTS, now)
    assert found.status == HEALTHY
    assert found.latency_ms > 0
    assert "delivered" in found.detail


def test_a_probe_goes_through_each_queue(empty_queues, all_alive, now):
    first = looked_at(ComponentKey.TASK_QUEUE, now)
    assert (first.status, first.latency_ms) == (HEALTHY, None)
    assert all(connection().llen(queue) == 1 for queue in QUEUES)
    for queue in QUEUES:
        answer_probe(queue, now.isoformat())
    again = CHECKS[ComponentKey.TASK_QUEUE](now + 5 * SECOND)
    assert again.status == HEALTHY
    assert again.latency_ms is not None
    assert (again.in_flight, again.capacity, again.unit) == (2.0, 8, "worker slots")


def test_a_question_under_way_is_not_asked_again(empty_queues, all_alive, now):
    looked_at(ComponentKey.TASK_QUEUE, now)
    looked_at(ComponentKey.TASK_QUEUE, now + 5 * SECOND)
    assert connection().llen("default") == 1


def test_a_queue_through_which_nothing_comes_is_degraded(empty_queues, all_alive, now):
    looked_at(ComponentKey.TASK_QUEUE, now)
    for queue in ("switches", "solver", "ingest"):
        answered(queue, now, now)
    later = now + USUAL_WINDOW + 5 * SECOND
    Heartbeat.objects.update(beat_at=later)
    found = looked_at(ComponentKey.TASK_QUEUE, later)
    assert found.status == DEGRADED
    assert found.detail == "Nothing has come through the queue default for 35 s; 1 message wait."


def test_the_age_of_a_question_counts_on_when_it_is_asked_again(empty_queues, all_alive, now):
    looked_at(ComponentKey.TASK_QUEUE, now)
    for minutes in (3, 6):
        looked_at(ComponentKey.TASK_QUEUE, now + timedelta(minutes=minutes))
    assert {probe.waits_since for probe in probes(QUEUES)} == {now}


def test_a_dead_worker_makes_the_task_queue_critical(empty_queues, all_alive, now):
    Heartbeat.objects.filter(kind="worker_solver").update(beat_at=now - 20 * SECOND)
    found = looked_at(ComponentKey.TASK_QUEUE, now)
    assert found.status == CRITICAL
    assert "No worker of the queue solver answers" in found.detail


def test_beat_that_is_dead_makes_the_task_queue_critical(empty_queues, all_alive, now):
    Heartbeat.objects.filter(kind="beat").delete()
    assert "No scheduler has ever been heard of." in looked_at(ComponentKey.TASK_QUEUE, now).detail
