from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from apps.fleet.models import CostEntry
from apps.fleet.selectors.figures import Figures
from apps.fleet.selectors.overview import (
    active_instances,
    cost_savings,
    optimizations,
    overview,
    risk_detected,
    saved_by_hour,
)
from apps.fleet.statuses import InstanceState, NoticeKind, SwitchState
from tests.factories import (
    CompleteSwitchFactory,
    CostEntryFactory,
    LooseInstanceFactory,
    NotificationFactory,
    SpotInstanceFactory,
    SwitchFactory,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 18, 14, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.requirement("2.2")
def test_active_instances_are_those_of_clusters_that_live():
    SpotInstanceFactory.create_batch(2, launched_at=NOW - 30 * HOUR)
    SpotInstanceFactory(launched_at=NOW - 2 * HOUR)
    SpotInstanceFactory(
        launched_at=NOW - 30 * HOUR, state=InstanceState.TERMINATED, terminated_at=NOW - 5 * HOUR
    )
    LooseInstanceFactory(launched_at=NOW - 30 * HOUR)
    figure = active_instances(NOW)
    assert figure.value == 3
    assert figure.trend.before == 3
    assert [figure.hours[at] for at in (0, 18, 19, 22, 24)] == [3, 3, 2, 3, 3]


@pytest.mark.requirement("2.3")
def test_risk_counts_rebalance_and_termination_notices_of_24_hours():
    for kind, hours in [
        (NoticeKind.REBALANCE, 1),
        (NoticeKind.REBALANCE, 23),
        (NoticeKind.TERMINATION, 2),
        (NoticeKind.TERMINATION, 25),
        (NoticeKind.HEALTH, 1),
        (NoticeKind.SWITCH, 1),
    ]:
        NotificationFactory(kind=kind, created_at=NOW - hours * HOUR + timedelta(minutes=1))
    figure = risk_detected(NOW)
    assert figure.value == 3
    assert figure.by_type == {"rebalance": 2, "termination": 1}
    assert figure.trend.before == 1
    assert sum(figure.hours) == 3 and figure.hours[-1] == 1


@pytest.mark.requirement("2.4")
def test_savings_are_the_months_baseline_less_what_was_paid():
    CostEntryFactory(starts_at=NOW - 24 * HOUR, baseline_usd=Decimal("2"), paid_usd=Decimal("0.5"))
    CostEntryFactory(starts_at=NOW - 48 * HOUR, baseline_usd=Decimal("0"), paid_usd=Decimal("0.1"))
    CostEntryFactory(starts_at=NOW - timedelta(days=20), baseline_usd=Decimal("9"), paid_usd=Decimal("1"))
    figure = cost_savings(Figures(baseline_hourly_usd=Decimal(3), paid_hourly_usd=Decimal(1)), NOW)
    assert figure.monthly_usd == Decimal("1.4")
    assert figure.pct == pytest.approx(70)
    assert figure.hourly_usd == 2


@pytest.mark.requirement("2.4")
def test_savings_trend_compares_the_hour_with_that_of_yesterday():
    this_hour = NOW.replace(minute=0)
    CostEntryFactory(starts_at=this_hour - 24 * HOUR, baseline_usd=Decimal(2), paid_usd=Decimal(1))
    figure = cost_savings(Figures(baseline_hourly_usd=Decimal(3), paid_hourly_usd=Decimal(1)), NOW)
    assert figure.trend.pct == 100


def test_a_day_that_was_imported_counts_evenly_in_its_hours():
    CostEntryFactory(
        source=CostEntry.Source.IMPORTED,
        starts_at=NOW.replace(hour=0, minute=0) - 24 * HOUR,
        seconds=86_400,
        baseline_usd=Decimal(48),
        paid_usd=Decimal(24),
    )
    assert saved_by_hour(NOW) == [1.0] * 10 + [None] * 14


@pytest.mark.requirement("2.5")
def test_optimizations_are_switches_that_completed():
    CompleteSwitchFactory(entered_at=NOW - HOUR)
    CompleteSwitchFactory(entered_at=NOW - 30 * HOUR)
    CompleteSwitchFactory(entered_at=NOW - 300 * HOUR)
    CompleteSwitchFactory(state=SwitchState.ROLLED_BACK, entered_at=NOW - HOUR)
    SwitchFactory(state=SwitchState.COMPLETE, entered_at=NOW - HOUR)  # the old instance is not gone yet
    figure = optimizations(NOW)
    assert (figure.value, figure.last_24h, figure.trend.before) == (3, 1, 1)


def test_nothing_before_is_no_trend():
    NotificationFactory(created_at=NOW - HOUR)
    assert risk_detected(NOW).trend.pct is None
    assert risk_detected(NOW).trend.arrow == "up"
    assert optimizations(NOW).trend.pct == 0


def test_six_queries(django_assert_num_queries):
    SpotInstanceFactory.create_batch(3)
    CompleteSwitchFactory.create_batch(3)
    with django_assert_num_queries(6):
        overview(Figures(), NOW)
