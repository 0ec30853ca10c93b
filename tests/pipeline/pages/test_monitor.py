"""System Monitor."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from apps.pipeline.health.finding import Finding, critical, degraded
from apps.pipeline.health.recording import record_round
from apps.pipeline.models import Component, ComponentEvent
from apps.pipeline.pages.monitor import days_and_hours
from apps.pipeline.statuses import ComponentKey
from tests.factories import AdminFactory, ClientUserFactory

pytestmark = pytest.mark.django_db
MONITOR = "/system"


@pytest.fixture
def operator():
    browser = Browser()
    browser.force_login(AdminFactory())
    return browser


@pytest.fixture
def checked():
    """Seven healthy, two degraded, one critical."""
    unwell = {
        ComponentKey.REDIS: degraded("Memory is short."),
        ComponentKey.PRICE_SCRAPER: degraded("AWS does not answer."),
        ComponentKey.ML_INFERENCE: critical("The model cannot be computed."),
    }
    well = Finding("Answers in 45 ms.", latency_ms=45.0)
    now = timezone.now()
    for ago in (10, 5, 0):
        record_round(
            {key: Finding("", [unwell[key]]) if key in unwell else well for key in ComponentKey},
            now - timedelta(seconds=ago),
        )
    return now


@pytest.mark.requirement("4.1")
def test_three_counts_and_ten_cards(operator, checked):
    page = operator.get(MONITOR)
    assert [(each.status, each.count) for each in page.context["filters"]] == [
        ("healthy", 7),
        ("degraded", 2),
        ("critical", 1),
    ]
    assert [card.standing.key for card in page.context["cards"]] == list(ComponentKey)
    assert page.content.count(b"<article") == 10


@pytest.mark.requirement("4.2")
def test_a_card_shows_state_uptime_latency_and_five_lines(operator, checked):
    Component.objects.filter(key="database").update(recovered_at=checked - timedelta(days=12, hours=5))
    for number in range(7):
        ComponentEvent.objects.create(component_id="database", at=checked, text=f"line {number}")
    card = operator.get(MONITOR).context["cards"][0]
    assert (card.standing.status, card.uptime, card.latency) == ("healthy", "12 d 5 h", "45 ms")
    assert [line.text for line in card.lines] == [f"line {number}" for number in (6, 5, 4, 3, 2)]


@pytest.mark.requirement("4.4")
def test_a_critical_card_has_no_latency_and_ten_lines_since_the_change(operator, checked):
    since = Component.objects.get(key="ml_inference").changed_at
    for second in range(-3, 12):
        at = since + timedelta(seconds=second)
        ComponentEvent.objects.create(component_id="ml_inference", at=at, text=f"line {second}")
    page = operator.get(MONITOR)
    card = page.context["cards"][6]
    assert (card.latency, card.spark, len(card.lines)) == ("", None, 10)
    assert b"N/A" in page.content
    assert b"10 lines since" in page.content


@pytest.mark.parametrize(("status", "cards"), [("healthy", 7), ("degraded", 2), ("critical", 1), ("odd", 10)])
def test_a_count_shows_its_components_alone(operator, checked, status, cards):
    page = operator.get(MONITOR, {"status": status})
    assert len(page.context["cards"]) == cards
    assert [each.count for each in page.context["filters"]] == [7, 2, 1]


def test_the_count_that_is_on_leads_back_to_all(operator, checked):
    filters = operator.get(MONITOR, {"status": "critical"}).context["filters"]
    assert [each.href for each in filters] == ["?status=healthy", "?status=degraded", "?"]


@pytest.mark.requirement("4.6")
def test_a_refresh_brings_the_cards_without_the_frame(operator, checked):
    part = operator.get(MONITOR, headers={"HX-Request": "true"})
    assert part.content.count(b"<article") == 10
    assert b"<html" not in part.content


def test_checks_that_stand_still_make_every_card_critical(operator, checked):
    Component.objects.update(checked_at=checked - timedelta(minutes=2))
    page = operator.get(MONITOR)
    assert [each.count for each in page.context["filters"]] == [0, 0, 10]
    assert b"Not checked since" in page.content


def test_before_the_first_check_each_card_says_what_to_do(operator):
    assert operator.get(MONITOR).content.count(b"manage.py watch_health") == 10


def test_the_cards_are_read_in_two_queries(operator, checked, django_assert_max_num_queries):
    operator.get(MONITOR)
    with django_assert_max_num_queries(4):  # the session and its person beside them
        operator.get(MONITOR, headers={"HX-Request": "true"})


def test_the_rail_leads_there_for_operators_only(operator):
    assert b'href="/system"' in operator.get("/operations").content
    tenant = ClientUserFactory()
    browser = Browser()
    browser.force_login(tenant)
    assert b'href="/system"' not in browser.get(f"/clients/{tenant.client_id}/topology").content


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(days=12, hours=5, minutes=50), "12 d 5 h"),
        (timedelta(hours=5, minutes=12), "5 h 12 min"),
        (timedelta(minutes=15, seconds=59), "15 min"),
        (timedelta(), "0 min"),
    ],
)
def test_uptime_is_written_in_its_two_largest_units(length, words):
    assert days_and_hours(length) == words
