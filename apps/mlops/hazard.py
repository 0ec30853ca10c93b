"""How likely AWS takes a node of a pool within the hour: a Gamma-Poisson model, no framework.

The hazard of a pool is constant over the horizon and Gamma distributed. The prior comes from AWS's Spot
Advisor (how many instances of the type were taken in a month), the evidence from what the platform saw:
events, and hours in which nothing happened. Both fade alike, so that calm counts as well as trouble.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from scipy.stats import gamma

HORIZON = timedelta(hours=1)
HALF_LIFE = timedelta(hours=6)
HOURS_A_MONTH = 720
QUANTILE = 0.9

# The middle of each Spot Advisor range; the last one is open, its usual value is taken.
MONTHLY_FREQUENCY = (0.025, 0.075, 0.125, 0.175, 0.25)
# A type that the advisor does not list: the average over those it lists.
UNLISTED_FREQUENCY = 0.10

# Interruptions come in bursts: most pools are calm at any moment and a few are being emptied. A small shape
# says so, and lets two or three events outweigh a month's average.
PRIOR_SHAPE = 0.05


# AWS scores from 1 to 10 how likely a spot request succeeds. Where room is scarce it is taken back sooner:
# four points less double the prior, four more halve it. An assumption, and a mild one, until there is data.
NEUTRAL_SCORE, SCORE_DOUBLES = 5, 4


class Evidence(StrEnum):
    INTERRUPTION = "interruption"
    REBALANCE = "rebalance"
    NO_CAPACITY = "no_capacity"


# In interruptions. AWS recommends far more often than it takes; an empty pool is about to be taken back from.
WEIGHTS = {Evidence.INTERRUPTION: 1.0, Evidence.NO_CAPACITY: 0.5, Evidence.REBALANCE: 0.25}


@dataclass(frozen=True, slots=True)
class Sighting:
    """Something that happened to a pool."""

    kind: Evidence
    at: datetime


@dataclass(frozen=True, slots=True)
class Stay:
    """A time in which one instance of the pool was running."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Risk:
    """Probability of an interruption within HORIZON: the mean, and the QUANTILE of what it may be."""

    probability: float
    upper: float

    def __post_init__(self) -> None:
        if not 0 <= self.probability <= self.upper <= 1:
            raise ValueError(f"not a risk: {self.probability} with upper {self.upper}")


NO_RISK = Risk(0.0, 0.0)


def monthly_to_hourly(frequency: float) -> float:
    """The hazard per hour of something that befalls `frequency` (0..1) of the instances in a month."""
    return -math.log1p(-frequency) / HOURS_A_MONTH


def scarcity(score: int | None) -> float:
    """The factor by which a placement score changes the prior hazard."""
    return 1.0 if score is None else float(2 ** ((NEUTRAL_SCORE - score) / SCORE_DOUBLES))


def faded(age: timedelta) -> float:
    """What is left of an event's weight after `age`: a half after HALF_LIFE. The future counts as now."""
    return float(0.5 ** (max(age, timedelta()) / HALF_LIFE))


def faded_hours(stay: Stay, now: datetime) -> float:
    """Instance-hours of a stay, each hour faded by its age."""
    until = min(stay.until, now)
    if stay.since >= until:
        return 0.0
    half_life_hours = HALF_LIFE / timedelta(hours=1)
    return half_life_hours / math.log(2) * (faded(now - until) - faded(now - stay.since))


def estimate(
    bucket: int | None,
    sightings: Iterable[Sighting],
    stays: Iterable[Stay],
    now: datetime,
    *,
    score: int | None = None,
) -> Risk:
    """The risk of a pool in Spot Advisor range `bucket` (0..4; None where it is not listed).

    `score` is AWS's placement score (1 to 10; None where it is not known).
    """
    frequency = UNLISTED_FREQUENCY if bucket is None else MONTHLY_FREQUENCY[bucket]
    prior = monthly_to_hourly(frequency) * scarcity(score)
    shape = PRIOR_SHAPE + sum(WEIGHTS[seen.kind] * faded(now - seen.at) for seen in sightings)
    hours = PRIOR_SHAPE / prior + sum(faded_hours(stay, now) for stay in stays)
    horizon = HORIZON / timedelta(hours=1)
    # The exact mean of 1 - exp(-hazard x horizon) under a Gamma: the Lomax distribution.
    probability = 1 - (hours / (hours + horizon)) ** shape
    quantile = 1 - math.exp(-float(gamma.ppf(QUANTILE, shape, scale=1 / hours)) * horizon)
    return Risk(probability, max(probability, quantile))


def expected_life(risk_upper: float) -> timedelta:
    """How long a node of that risk may be expected to live; at most 30 days, as it is replaced by then."""
    longest = timedelta(hours=HOURS_A_MONTH)
    if risk_upper >= 1:
        return timedelta()
    hazard = -math.log1p(-risk_upper) / (HORIZON / timedelta(hours=1))
    return min(longest, timedelta(hours=1 / hazard)) if hazard > 1 / HOURS_A_MONTH else longest
