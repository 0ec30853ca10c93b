"""What a round of findings leaves behind."""

import json
from datetime import timedelta

import pytest

from apps.pipeline.health.activity import note
from apps.pipeline.health.finding import Finding, critical, degraded
from apps.pipeline.health.recording import record_outage, record_round
from apps.pipeline.health.retention import forget_lines
from apps.pipeline.health.standing import counts, lines, lines_of, standing_of, standings
from apps.pipeline.models import Component, ComponentEvent
from apps.pipeline.statuses import ComponentKey, ComponentStatus
from atharva.live import streams
from atharva.live.publishing import connection

from .conftest import MINUTE, SECOND

pytestmark = pytest.mark.django_db
SCRAPER = ComponentKey.PRICE_SCRAPER
WELL = Finding("Spot prices, read 2 s ago.", latency_ms=12.0)
HALTING = Finding("", [degraded("AWS does not answer.")], latency_ms=12.0)
DEAD = Finding("", [critical("No worker answers.")], latency_ms=12.0)


@pytest.fixture
def rounds(now):
    """Record these findings of the scraper, a round each five seconds; when the last one was."""

    def record(*findings, start=now):
        at = start
        for step, finding in enumerate(findings):
            at = start + step * 5 * SECOND
            record_round({SCRAPER: finding}, at)
        return at

    return record


def scraper():
    return Component.objects.get(key=SCRAPER)


@pytest.mark.requirement("4.7")
def test_a_change_of_state_is_an_event_with_a_time(rounds, now):
    at = rounds(WELL, WELL, DEAD)
    row = scraper()
    assert (row.status, row.changed_at, row.detail) == (ComponentStatus.CRITICAL, at, "No worker answers.")
    changes = ComponentEvent.objects.exclude(status="").order_by("at")
    assert [(event.previous, event.status, event.at) for event in changes] == [
        ("", "healthy", now),
        ("healthy", "critical", at),
    ]


@pytest.mark.requirement("4.7")
def test_a_change_of_state_is_told_live(rounds, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        rounds(WELL, HALTING)
    _, events_key = streams.keys(streams.ADMIN)
    [(_, newest)] = connection().xrevrange(events_key, count=1)
    told = json.loads(newest[b"body"])
    assert (told["type"], told["component"], told["status"], told["previous"]) == (
        "component_changed",
        "price_scraper",
        "degraded",
        "healthy",
    )


@pytest.mark.requirement("4.2")
def test_uptime_counts_from_the_last_recovery_and_through_degraded(rounds, now):
    at = rounds(DEAD, WELL, HALTING, WELL)
    assert scraper().uptime(at) == 10 * SECOND


@pytest.mark.requirement("4.4")
def test_what_does_not_answer_has_no_uptime_and_no_latency(rounds):
    at = rounds(WELL, DEAD)
    row = scraper()
    assert (row.uptime(at), row.latency_ms, row.latencies) == (timedelta(), None, [12.0])


def test_one_slow_answer_is_no_change_of_state_and_three_are(rounds):
    slow, quick = (Finding("Answers.", latency_ms=ms, limit_ms=100.0) for ms in (400.0, 4.0))
    at = rounds(quick, quick, slow)
    assert scraper().status == ComponentStatus.HEALTHY
    rounds(slow, start=at + 5 * SECOND)
    assert scraper().status == ComponentStatus.DEGRADED
    assert scraper().detail == "Slow: 400 ms; its limit is 100 ms. Answers."


def test_latencies_are_kept_for_a_while_only(rounds):
    rounds(*[WELL] * 70)
    assert len(scraper().latencies) == 60


def test_the_gravest_complaint_comes_first_and_many_are_counted():
    many = Finding("", [*(degraded(f"{n}.") for n in range(4)), critical("Dead.")])
    assert many.detail == "Dead. 0. 1. And 2 more."


def test_what_was_not_checked_of_late_recovers_when_it_is(rounds):
    at = rounds(WELL)
    later = rounds(WELL, start=at + 5 * MINUTE)
    row = scraper()
    assert (row.changed_at, row.recovered_at) == (later, later)
    newest = row.events.first()
    assert (newest.previous, newest.status) == ("critical", "healthy")


def test_an_outage_of_the_database_is_written_down_afterwards(rounds, now):
    rounds(WELL)
    record_outage(SCRAPER, now + SECOND, now + 13 * SECOND)
    at = rounds(WELL, start=now + 14 * SECOND)
    changes = [(event.at, event.status) for event in ComponentEvent.objects.exclude(status="").order_by("at")]
    assert changes == [(now, "healthy"), (now + SECOND, "critical"), (at, "healthy")]
    assert scraper().recovered_at == at


@pytest.mark.requirement("4.7", "4.8")
def test_ten_lines_since_the_change_while_unwell_and_five_when_well(rounds, now):
    at = rounds(WELL)
    for second in range(8):
        ComponentEvent.objects.create(component_id=SCRAPER, at=at - second * SECOND, text="before")
    at = rounds(DEAD, start=at + 5 * SECOND)
    unwell = standing_of(SCRAPER, at)
    assert unwell.logs_limit == 10
    assert [line.status for line in lines_of(unwell)] == ["critical"]
    for second in range(12):
        ComponentEvent.objects.create(component_id=SCRAPER, at=at + second * SECOND, text="after")
    assert {line.text for line in lines_of(unwell)} == {"after"}
    assert len(lines_of(unwell)) == 10
    at = rounds(WELL, start=at + 5 * SECOND)
    well = standing_of(SCRAPER, at)
    assert (well.logs_limit, len(lines_of(well))) == (5, 5)


def test_an_explicit_limit_looks_before_the_change_too(rounds):
    at = rounds(WELL, DEAD)
    assert [line.status for line in lines_of(standing_of(SCRAPER, at), 7)] == ["critical", "healthy"]


def test_a_component_that_is_unwell_goes_on_saying_why(rounds):
    rounds(*[HALTING] * 14)
    assert scraper().events.filter(status="", text="AWS does not answer.").count() == 2


@pytest.mark.requirement("4.1")
def test_a_round_that_is_older_than_half_a_minute_is_critical(rounds):
    at = rounds(WELL)
    assert standing_of(SCRAPER, at + 30 * SECOND).status == ComponentStatus.HEALTHY
    stale = standing_of(SCRAPER, at + 31 * SECOND)
    assert (stale.status, stale.uptime_seconds, stale.latency_ms) == (ComponentStatus.CRITICAL, 0, None)
    assert stale.detail == f"Not checked since {at:%H:%M:%S} UTC: `manage.py watch_health` does not run."


def test_all_ten_and_their_lines_in_two_queries(rounds, django_assert_num_queries):
    at = rounds(WELL, HALTING)
    with django_assert_num_queries(2):
        shown = standings(at)
        told = lines(shown)
    assert [each.key for each in shown] == list(ComponentKey)
    assert counts(shown) == {"healthy": 0, "degraded": 1, "critical": 9}
    assert [line.status for line in told[SCRAPER]] == ["degraded"]


def test_a_note_is_a_line_once_the_work_is_committed(rounds, django_capture_on_commit_callbacks):
    rounds(WELL)
    with django_capture_on_commit_callbacks(execute=True):
        note(SCRAPER, "Scraped 512 spot prices of us-east-1 in 1.2 s")
    assert scraper().events.filter(text__startswith="Scraped 512").count() == 1


def test_a_component_that_is_not_there_yet_takes_no_note(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        note(ComponentKey.COST_OPTIMIZER, "Decided")
    assert not ComponentEvent.objects.exists()


def test_changes_of_state_are_remembered_longer_than_lines(rounds, now):
    rounds(WELL)
    old = now - timedelta(days=3)
    ComponentEvent.objects.create(component_id=SCRAPER, at=old, text="line")
    ComponentEvent.objects.create(component_id=SCRAPER, at=old, text="change", status="critical")
    assert forget_lines(now) == 1
    assert ComponentEvent.objects.filter(text="change").exists()
