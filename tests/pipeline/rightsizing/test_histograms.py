"""Histograms that fade: bounded, and close to what went in."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pipeline.rightsizing.histograms import CPU, HALF_LIFE, MEMORY, RATIO, added, faded, quantile


@given(st.floats(0, 400_000))
def test_a_value_lies_in_its_bucket(value: float) -> None:
    bucket = CPU.bucket(value)
    assert value <= CPU.upper(bucket) * (1 + 1e-9)
    assert bucket == 0 or value > CPU.upper(bucket - 1) * (1 - 1e-9)


@given(st.lists(st.floats(1, 100_000), min_size=1, max_size=60), st.floats(0.01, 1))
def test_a_quantile_is_never_below_the_true_one_and_at_most_a_bucket_above(
    values: list[float], share: float
) -> None:
    weights: list[float] = []
    for value in values:
        weights = added(weights, MEMORY.bucket(value), 1.0)
    rank = min(len(values) - 1, max(0, -int(-share * len(values) // 1) - 1))
    true = sorted(values)[rank]
    found = quantile(weights, MEMORY, share)
    assert true * (1 - 1e-6) <= found <= (true * RATIO + MEMORY.first) * (1 + 1e-6)


@given(st.lists(st.floats(0, 1000), max_size=30))
def test_half_is_left_after_a_half_life_and_nothing_grows(weights: list[float]) -> None:
    left = faded(weights, HALF_LIFE)
    assert sum(left) == pytest.approx(sum(weights) / 2, abs=1e-3)
    assert len(left) <= len(weights)


def test_what_no_longer_counts_is_gone() -> None:
    assert faded([1.0, 1.0], timedelta(days=40)) == []


def test_nothing_seen_is_nothing_used() -> None:
    assert quantile([], CPU, 0.95) == 0
