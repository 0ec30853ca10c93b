"""Each source of the market has its age, and a sentence where something is wrong: none is silently stale."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from apps.pipeline.market.ages import Standing, sources_of, stale_prices
from apps.pipeline.market.cycles import DEFAULTS, FULL_CYCLE, SHORT_CYCLE, cycle_of
from apps.pipeline.models import Scrape, Source
from celery_app.schedules import SCHEDULES

pytestmark = pytest.mark.django_db

REGION = "us-west-2"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def scrape(source, ago=None, **fields):
    succeeded_at = None if ago is None else timezone.now() - ago
    return Scrape.objects.create(source=source, region=REGION, succeeded_at=succeeded_at, **fields)


def standing_of(source):
    found = {each.source: each for each in sources_of([REGION], timezone.now())}
    return found[source]


@pytest.mark.parametrize(
    ("source", "ago", "fields", "standing", "sentence"),
    [
        (Source.SPOT_PRICES, MINUTE, {}, Standing.FRESH, "Spot prices of us-west-2: read 60 s ago."),
        (
            Source.SPOT_PRICES,
            22 * MINUTE,
            {},
            Standing.STALE,
            "Spot prices of us-west-2 are 22 min old; at most 16 min is fine.",
        ),
        (
            Source.SPOT_PRICES,
            3 * MINUTE,
            {"problem": "AWS did not answer."},
            Standing.BROKEN,
            "Spot prices of us-west-2: read 3 min ago; the last attempt failed. AWS did not answer.",
        ),
        (
            Source.SPOT_ADVISOR,
            None,
            {"problem": "It is down."},
            Standing.NEVER,
            "Spot Advisor of us-west-2 were never read. It is down.",
        ),
        (Source.OFFERINGS, 12 * HOUR, {}, Standing.FRESH, None),
        (Source.OFFERINGS, 14 * HOUR, {}, Standing.STALE, None),
        (Source.PLACEMENT_SCORES, 24 * HOUR, {}, Standing.FRESH, None),
        (
            Source.QUOTAS,
            None,
            {"problem": "Account 1 does not allow it.", "problem_code": "cloud_access_denied"},
            Standing.NOT_ALLOWED,
            "Service quotas of us-west-2 are not used. Account 1 does not allow it.",
        ),
        (
            Source.OFFERINGS,
            None,
            {"problem": "Account 1 does not allow it.", "problem_code": "cloud_access_denied"},
            Standing.NEVER,
            None,
        ),
    ],
)
def test_a_source_stands(source, ago, fields, standing, sentence):
    scrape(source, ago, **fields)
    found = standing_of(source)
    assert found.standing is standing
    if sentence is not None:
        assert found.sentence == sentence


def test_every_source_of_every_region_is_there_in_three_queries(django_assert_num_queries):
    scrape(Source.SPOT_PRICES, MINUTE)
    with django_assert_num_queries(3):
        found = sources_of([REGION, "eu-west-1"], timezone.now())
    assert len(found) == 2 * len(Source)
    assert {each.standing for each in found if each.region == "eu-west-1"} == {Standing.NEVER}


def test_what_an_account_may_keep_to_itself_is_no_trouble():
    assert not standing_of(Source.QUOTAS).is_trouble
    assert standing_of(Source.SPOT_PRICES).is_trouble


def test_fresh_prices_hold_nothing(django_assert_num_queries):
    scrape(Source.SPOT_PRICES, 14 * MINUTE)
    with django_assert_num_queries(1):
        assert stale_prices(REGION, timezone.now()) == ""


def test_old_prices_say_so():
    scrape(Source.SPOT_PRICES, 2 * HOUR)
    assert stale_prices(REGION, timezone.now()).startswith("Spot prices of us-west-2 are 2 h old;")


def test_prices_that_were_tried_and_never_read_say_so():
    scrape(Source.SPOT_PRICES, problem="AWS did not answer.")
    assert (
        stale_prices(REGION, timezone.now())
        == "Spot prices of us-west-2 were never read. AWS did not answer."
    )


def test_a_region_that_was_never_scraped_has_no_prices_to_hold():
    assert stale_prices(REGION, timezone.now()) == ""


def test_an_operators_cycle_moves_the_limit():
    every_hour = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.HOURS)
    PeriodicTask.objects.create(name="market", task=SHORT_CYCLE, interval=every_hour)
    assert cycle_of(SHORT_CYCLE) == HOUR
    scrape(Source.SPOT_PRICES, 70 * MINUTE)
    assert stale_prices(REGION, timezone.now()) == ""
    PeriodicTask.objects.update(enabled=False)
    assert stale_prices(REGION, timezone.now()) != ""


def test_the_defaults_are_those_of_the_schedule():
    planned = {schedule.task: schedule.every for schedule in SCHEDULES}
    assert {task: planned[task] for task in DEFAULTS} == DEFAULTS
    assert planned[FULL_CYCLE] == 12 * HOUR
