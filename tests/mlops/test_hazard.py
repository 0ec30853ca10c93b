"""What the risk model says, by cases and by statements that hold for every history."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.mlops.hazard import (
    HALF_LIFE,
    Evidence,
    Sighting,
    Stay,
    estimate,
    expected_life,
    faded_hours,
    monthly_to_hourly,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

buckets = st.sampled_from([None, 0, 1, 2, 3, 4])
ages = st.floats(0, 60).map(lambda hours: timedelta(hours=hours))
sightings = st.builds(Sighting, st.sampled_from(Evidence), ages.map(lambda age: NOW - age))
stays = st.builds(lambda age, length: Stay(NOW - age, NOW - age + length), ages, ages)


def interruption(age: timedelta) -> Sighting:
    return Sighting(Evidence.INTERRUPTION, NOW - age)


def test_five_percent_a_month_is_the_hazard_that_leaves_95_of_100_after_720_hours():
    hazard = monthly_to_hourly(0.05)
    assert (1 - hazard) ** 720 == pytest.approx(0.95, abs=1e-4)


def test_a_pool_without_history_is_as_risky_as_its_advisor_range():
    risk = estimate(3, (), (), NOW)
    assert risk.probability == pytest.approx(monthly_to_hourly(0.175), rel=0.01)


def test_a_pool_that_aws_scores_low_is_riskier_and_an_unscored_one_is_as_before():
    scores = [estimate(1, (), (), NOW, score=score) for score in range(1, 11)]
    assert [risk.upper for risk in scores] == sorted({risk.upper for risk in scores}, reverse=True)
    assert estimate(1, (), (), NOW, score=5) == estimate(1, (), (), NOW)
    assert estimate(1, (), (), NOW, score=1).probability == pytest.approx(
        2 * estimate(1, (), (), NOW).probability, rel=0.01
    )


def test_every_range_is_riskier_than_the_one_below():
    risks = [estimate(bucket, (), (), NOW) for bucket in range(5)]
    assert [r.upper for r in risks] == sorted({r.upper for r in risks})


def test_several_interruptions_within_hours_pass_a_ceiling_of_five_percent():
    seen = [interruption(timedelta(minutes=20 * n)) for n in range(5)]
    assert estimate(4, seen, (), NOW).upper > 0.05 > estimate(4, seen[:1], (), NOW).upper


def test_half_of_an_event_is_left_after_the_half_life():
    fresh, old = (estimate(1, [interruption(age)], (), NOW) for age in (timedelta(), HALF_LIFE))
    calm = estimate(1, (), (), NOW)
    assert old.probability - calm.probability == pytest.approx(
        (fresh.probability - calm.probability) / 2, rel=0.01
    )


def test_a_recommendation_weighs_less_than_an_interruption():
    recommended = estimate(2, [Sighting(Evidence.REBALANCE, NOW)], (), NOW)
    taken = estimate(2, [interruption(timedelta())], (), NOW)
    assert estimate(2, (), (), NOW).upper < recommended.upper < taken.upper


@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [
        (NOW - HOUR, NOW, 0.945),  # the last hour, hardly faded
        (NOW - 7 * HOUR, NOW - 6 * HOUR, 0.472),  # an hour of half a life ago counts half
        (NOW - 1000 * HOUR, NOW, 8.656),  # half-life / ln 2: no calm outweighs more than that
        (NOW + HOUR, NOW + 2 * HOUR, 0),
    ],
)
def test_hours_fade_like_events(since, until, hours):
    assert faded_hours(Stay(since, until), NOW) == pytest.approx(hours, abs=0.001)


def test_a_calm_pool_lives_a_month_and_a_shaky_one_some_hours():
    assert expected_life(0.0) == timedelta(hours=720)
    assert expected_life(0.1) == pytest.approx(timedelta(hours=9.49), abs=timedelta(minutes=1))
    assert expected_life(1.0) == timedelta(0)


@given(buckets, st.lists(sightings, max_size=8), st.lists(stays, max_size=8))
def test_no_number_comes_without_an_upper_one(bucket, seen, lived):
    risk = estimate(bucket, seen, lived, NOW)
    assert 0 < risk.probability <= risk.upper <= 1


@given(buckets, st.lists(sightings, max_size=8), st.lists(stays, max_size=8), sightings)
def test_bad_news_never_lowers_a_risk(bucket, seen, lived, more):
    before, after = estimate(bucket, seen, lived, NOW), estimate(bucket, [*seen, more], lived, NOW)
    assert after.probability >= before.probability
    assert after.upper >= before.upper


@given(buckets, st.lists(sightings, max_size=8), st.lists(stays, max_size=8), stays)
def test_quiet_hours_never_raise_a_risk(bucket, seen, lived, more):
    before, after = estimate(bucket, seen, lived, NOW), estimate(bucket, seen, [*lived, more], NOW)
    assert after.probability <= before.probability
    assert after.upper <= before.upper + 1e-15
