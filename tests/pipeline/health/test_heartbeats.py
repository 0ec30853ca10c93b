import os

import pytest

from apps.pipeline.health import heartbeats
from apps.pipeline.health.heartbeats import beat, forget_heartbeats, leave, pulse_of
from apps.pipeline.health.load import system_load
from apps.pipeline.health.processes import absent
from apps.pipeline.models import Heartbeat
from apps.pipeline.statuses import ComponentStatus

from .conftest import MINUTE, SECOND

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def first_words():
    """As a process that has not spoken yet."""
    heartbeats._said.clear()


def test_a_beat_says_which_process_and_how_busy():
    beat("worker_default", busy=1.5, slots=2, detail="two tasks")
    row = Heartbeat.objects.get()
    assert row.process.startswith("worker_default@")
    assert row.process.endswith(f":{os.getpid()}")
    assert (row.busy, row.slots, row.detail, row.worked_at) == (1.5, 2, "two tasks", None)


def test_beating_fast_writes_once(django_assert_num_queries):
    beat("watcher")
    with django_assert_num_queries(0):
        beat("watcher")


def test_work_between_two_beats_is_told_with_the_next(monkeypatch):
    beat("watcher")
    beat("watcher", worked=True)
    monkeypatch.setattr(heartbeats, "EVERY_SECONDS", 0)
    beat("watcher")
    assert Heartbeat.objects.get().worked_at is not None


def test_a_container_that_has_anothers_host_and_pid_begins_anew(now):
    beat("watcher")
    Heartbeat.objects.update(started_at=now - 60 * MINUTE)
    heartbeats._said.clear()
    beat("watcher")
    assert Heartbeat.objects.get().started_at >= now


def test_who_says_goodbye_is_not_missed(process, now):
    beat("watcher")
    other = process("watcher", pid=7)
    leave()
    assert list(Heartbeat.objects.all()) == [other]


def test_nobody_of_a_kind_is_critical(process, now):
    process("watcher", ago=20 * SECOND)
    [watcher, beats] = absent(["watcher", "beat"], now)
    assert watcher.status == beats.status == ComponentStatus.CRITICAL
    assert watcher.text.startswith("No cluster watcher answers; the last was heard at ")
    assert beats.text == "No scheduler has ever been heard of."


def test_one_that_died_is_spoken_of_for_a_minute_though_another_lives(process, now):
    process("worker_default", ago=20 * SECOND, pid=1)
    process("worker_default", pid=2)
    [complaint] = absent(["worker_default"], now)
    assert complaint.status == ComponentStatus.DEGRADED
    assert "A worker of the queue default died or hangs: host:1" in complaint.text
    Heartbeat.objects.filter(process__endswith=":2").update(beat_at=now + 2 * MINUTE)
    assert absent(["worker_default"], now + 2 * MINUTE) == []


def test_all_well_is_no_complaint(all_alive, now):
    assert absent(["watcher", "beat", "worker_solver"], now) == []
    assert pulse_of("watcher", now).missing == []


def test_load_counts_the_slots_of_a_worker_of_two_queues_once(process, now):
    process("worker_default", pid=1, busy=1.0, slots=2)
    process("worker_ingest", pid=1, busy=1.0, slots=2)
    process("worker_switches", pid=2, busy=3.0, slots=8)
    process("worker_solver", pid=3, busy=1.0, slots=1, ago=MINUTE)
    process("watcher", pid=4)
    load = system_load(now)
    assert (load.current, load.capacity, load.pct, load.unit) == (4.0, 10, 40.0, "worker slots")


def test_without_a_worker_the_load_is_unknown(now):
    assert system_load(now).pct is None


def test_rows_of_long_ago_are_forgotten(process, now):
    process("watcher", ago=25 * 60 * MINUTE, pid=1)
    kept = process("watcher", ago=23 * 60 * MINUTE, pid=2)
    assert forget_heartbeats(now) == 1
    assert list(Heartbeat.objects.all()) == [kept]
