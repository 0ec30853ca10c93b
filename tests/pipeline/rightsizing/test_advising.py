"""What a container is advised to ask for."""

from dataclasses import replace
from decimal import Decimal

import pytest

from apps.pipeline.rightsizing.advising import Advice, Price, Watched, advise
from apps.pipeline.rightsizing.histograms import CPU, MEMORY, added

PRICE = Price(cpu_milli=Decimal("0.00003"), memory_mib=Decimal("0.000004"))


def seen(cpu: float, memory: float, **changes: object) -> Watched:
    watched = Watched(
        replicas=4,
        asked_cpu_milli=1000,
        asked_memory_mib=1024,
        cpu=added([], CPU.bucket(cpu), 50.0),
        memory=added([], MEMORY.bucket(memory), 50.0),
        samples=50,
        days=7.0,
    )
    return replace(watched, **changes)  # type: ignore[arg-type]  # the fields of a test's own choice


def advised(watched: Watched) -> Advice:
    found = advise(watched, PRICE)
    assert found is not None
    return found


@pytest.mark.requirement("P2.11")
def test_a_workload_that_uses_a_tenth_is_told_so_with_what_it_saves() -> None:
    advice = advised(seen(100, 900))
    assert 110 <= advice.cpu_milli <= 140
    assert advice.memory_mib == 1024  # close to what it uses: left alone
    assert advice.saving_hourly_usd == PRICE.cpu_milli * (1000 - advice.cpu_milli) * 4
    assert "asks for 1000m" in advice.sentence
    assert "For 4 replicas that saves $" in advice.sentence


@pytest.mark.requirement("P2.9")
def test_memory_that_is_short_is_raised_although_it_costs_more() -> None:
    advice = advised(seen(900, 1500))
    assert advice.memory_mib > 1500
    assert advice.saving_hourly_usd < 0
    assert "costs $" in advice.sentence


def test_a_rare_peak_counts_for_memory_and_not_for_cpu() -> None:
    calm = seen(100, 200)
    peak = replace(
        calm,
        cpu=added(calm.cpu, CPU.bucket(900), 1.0),
        memory=added(calm.memory, MEMORY.bucket(800), 1.0),
    )
    advice = advised(peak)
    assert advice.cpu_milli < 200
    assert advice.memory_mib >= 800 or advice.memory_mib == 1024


def test_little_history_makes_careful_advice() -> None:
    careful, sure = advised(seen(100, 900, days=0.05)), advised(seen(100, 900, days=30.0))
    assert careful.cpu_milli > 1.5 * sure.cpu_milli


@pytest.mark.parametrize("watched", [seen(100, 900, samples=29), seen(100, 900, replicas=0), seen(850, 900)])
def test_too_little_seen_or_too_little_to_gain_is_no_advice(watched: Watched) -> None:
    assert advise(watched, PRICE) is None


def test_a_container_that_asks_for_nothing_is_told_what_it_needs() -> None:
    advice = advised(seen(100, 200, asked_cpu_milli=0, asked_memory_mib=0))
    assert advice.cpu_milli > 100
    assert advice.memory_mib > 200
