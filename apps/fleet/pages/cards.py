"""The four cards of Live Operations (rows 2.1 to 2.5)."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.fleet.selectors.overview import (
    ActiveInstances,
    CostSavings,
    Optimizations,
    Overview,
    RiskDetected,
)
from apps.fleet.selectors.trends import Trend
from atharva.web.templatetags.ui import percent, usd
from atharva.web.tones import Tone


@dataclass(frozen=True, slots=True)
class MetricCard:
    key: str
    title: str
    icon: str
    value: str
    aside: str
    trend_tone: Tone
    trend_arrow: str
    trend_text: str
    spark: Sequence[float]


def cards(figures: Overview) -> list[MetricCard]:
    """In the order of the requirements."""
    return [
        active_instances(figures.active_instances),
        risk_detected(figures.risk_detected),
        cost_savings(figures.cost_savings),
        optimizations(figures.optimizations),
    ]


def active_instances(figure: ActiveInstances) -> MetricCard:
    return MetricCard(
        key="active_instances",
        title="Active Instances",
        icon="server",
        value=f"{figure.value:,}",
        aside="in clusters",
        trend_tone=Tone.MUTED,
        trend_arrow=figure.trend.arrow,
        trend_text=_difference(figure.value, figure.trend, "this time yesterday"),
        spark=figure.hours,
    )


def risk_detected(figure: RiskDetected) -> MetricCard:
    grew = figure.trend.arrow == "up"
    return MetricCard(
        key="risk_detected",
        title="Risk Detected",
        icon="triangle-alert",
        value=f"{figure.value:,}",
        aside=f"{figure.by_type['rebalance']:,} rebalance, {figure.by_type['termination']:,} taken",
        trend_tone=Tone.RISK if grew else Tone.OK,
        trend_arrow=figure.trend.arrow,
        trend_text=_difference(figure.value, figure.trend, "the day before"),
        spark=figure.hours,
    )


def cost_savings(figure: CostSavings) -> MetricCard:
    fell = figure.trend.arrow == "down"
    return MetricCard(
        key="cost_savings",
        title="Cost Savings",
        icon="piggy-bank",
        value=usd(figure.monthly_usd, 0),
        aside=f"this month, {percent(figure.pct)}",
        trend_tone=Tone.RISK if fell else Tone.OK,
        trend_arrow=figure.trend.arrow,
        trend_text=f"{usd(figure.hourly_usd)}/h now, {_change(figure.trend)}",
        spark=figure.hours,
    )


def optimizations(figure: Optimizations) -> MetricCard:
    return MetricCard(
        key="optimizations",
        title="Optimizations",
        icon="arrow-left-right",
        value=f"{figure.value:,}",
        aside="switches completed",
        trend_tone=Tone.MUTED,
        trend_arrow=figure.trend.arrow,
        trend_text=f"{figure.last_24h:,} in 24 h, {figure.trend.before or 0:,.0f} the day before",
        spark=figure.hours,
    )


def _difference(value: int, trend: Trend, when: str) -> str:
    more = value - round(trend.before or 0)
    if not more:
        return f"as many as {when}"
    return f"{abs(more):,} {'more' if more > 0 else 'fewer'} than {when}"


def _change(trend: Trend) -> str:
    if trend.pct is None:
        return "nothing to compare yet"
    if trend.arrow == "flat":
        return "as yesterday"
    return f"{percent(abs(trend.pct))} {'more' if trend.pct > 0 else 'less'} than yesterday"
