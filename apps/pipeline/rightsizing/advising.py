"""What a container should ask for, from what it used. No framework."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from .histograms import CPU, MEMORY, quantile

# 95 % of the time it stays within its CPU; memory that is short kills it, so nearly all peaks count.
CPU_SHARE, MEMORY_SHARE = 0.95, 0.995
# The Vertical Pod Autoscaler's margin, and its way to be careful while little was seen: after an hour the
# advice is 2.2 times as large, after a day 5 % larger.
MARGIN = 1.15
DOUBT_DAYS = 0.05
LEAST_SAMPLES = 30
LEAST_CPU_MILLI, LEAST_MEMORY_MIB = 10, 32
# A change that moves less than this is not worth a rollout.
WORTH_CHANGING = 0.15
HOURS_A_MONTH = 730


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen of one container of a workload. Amounts are of one replica."""

    replicas: int
    asked_cpu_milli: int
    asked_memory_mib: int
    cpu: Sequence[float]
    memory: Sequence[float]
    samples: int
    days: float


@dataclass(frozen=True, slots=True)
class Price:
    """What room costs in a cluster, USD per hour."""

    cpu_milli: Decimal
    memory_mib: Decimal

    def of(self, cpu_milli: int, memory_mib: int) -> Decimal:
        return self.cpu_milli * cpu_milli + self.memory_mib * memory_mib


@dataclass(frozen=True, slots=True)
class Advice:
    """What one replica should ask for. A negative saving: it should ask for more."""

    cpu_milli: int
    memory_mib: int
    saving_hourly_usd: Decimal
    sentence: str


def advise(seen: Watched, price: Price) -> Advice | None:
    """What the container should ask for; None where too little was seen or the change is too small."""
    if seen.samples < LEAST_SAMPLES or seen.replicas == 0:
        return None
    margin = MARGIN * (1 + DOUBT_DAYS / max(seen.days, DOUBT_DAYS))
    used_cpu, used_memory = quantile(seen.cpu, CPU, CPU_SHARE), quantile(seen.memory, MEMORY, MEMORY_SHARE)
    cpu = max(LEAST_CPU_MILLI, _rounded(used_cpu * margin))
    memory = max(LEAST_MEMORY_MIB, _rounded(used_memory * margin))
    cpu = cpu if _differs(cpu, seen.asked_cpu_milli) else seen.asked_cpu_milli
    memory = memory if _differs(memory, seen.asked_memory_mib) else seen.asked_memory_mib
    if (cpu, memory) == (seen.asked_cpu_milli, seen.asked_memory_mib):
        return None
    asked = price.of(seen.asked_cpu_milli, seen.asked_memory_mib)
    saving = (asked - price.of(cpu, memory)) * seen.replicas
    return Advice(cpu, memory, saving, _sentence(seen, used_cpu, used_memory, cpu, memory, saving))


def _differs(advised: int, asked: int) -> bool:
    return asked == 0 or abs(advised - asked) > asked * WORTH_CHANGING


def _rounded(amount: float) -> int:
    """Up to two digits: nobody writes 1,137m."""
    step = 10 ** max(0, math.floor(math.log10(max(amount, 1))) - 1)
    return int(math.ceil(amount / step) * step)


def _sentence(
    seen: Watched, used_cpu: float, used_memory: float, cpu: int, memory: int, saving: Decimal
) -> str:
    over = f"over {seen.days:.0f} days" if seen.days >= 2 else f"over {seen.days * 24:.0f} hours"
    parts = []
    if cpu != seen.asked_cpu_milli:
        parts.append(
            f"uses up to {used_cpu:.0f}m CPU 95 % of the time and asks for {seen.asked_cpu_milli}m: {cpu}m"
        )
    if memory != seen.asked_memory_mib:
        parts.append(f"peaks at {used_memory:.0f} MiB and asks for {seen.asked_memory_mib} MiB: {memory} MiB")
    monthly = abs(saving) * HOURS_A_MONTH
    effect = f"saves ${monthly:.2f}" if saving > 0 else f"costs ${monthly:.2f} more"
    return f"Seen {over}, it {' and '.join(parts)}. For {seen.replicas} replicas that {effect} a month."
