"""A consolidation as a row: what was found, the way to it, and why each other node is kept."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.fleet.models import Cluster, Switch
from apps.fleet.statuses import DisruptionKind

from ..models import Consolidation
from ..statuses import PlanState
from .gathering import Surveyed
from .model import FinalState, Wave, Way
from .staying import kept_nodes, with_stays

CENTS = Decimal("0.000001")


def store(
    cluster: Cluster, surveyed: Surveyed, final: FinalState, way: Way, held_by: list[str], now: datetime
) -> Consolidation:
    """The row of one run, recorded only; whoever begins a wave says so afterwards."""
    layout = with_stays(surveyed.layout)
    titles = {key: pool.title for key, pool in surveyed.gathered.pools.items()}
    return Consolidation.objects.create(
        cluster=cluster,
        state=PlanState.RECORDED if held_by else PlanState.DONE,
        mode=cluster.policy.mode,
        created_at=now,
        seconds=final.seconds,
        nodes_before=len(layout.nodes),
        nodes_after=len(layout.nodes) - len(final.removed) + len(final.bought),
        before_hourly_usd=_usd(final.cost_before),
        after_hourly_usd=_usd(final.cost),
        bound_hourly_usd=_usd(min(final.bound, final.cost)),
        evictions=sum(wave.evictions for wave in way.waves),
        waves=[_wave(wave, titles) for wave in way.waves],
        stays=[
            {"node": kept.node, "reason": kept.reason, "sentence": kept.sentence}
            for kept in kept_nodes(layout, final, way)
        ],
        held_by=held_by,
    )


def close_finished(cluster: Cluster) -> int:
    """Mark waves that are over; how many. A wave whose every node had to be kept has stopped."""
    closed = 0
    for row in Consolidation.objects.filter(cluster=cluster, state=PlanState.RUNNING):
        switches = Switch.objects.filter(
            cluster=cluster, kind=DisruptionKind.CONSOLIDATION, created_at__gte=row.created_at
        )
        if not switches.filter(finished_at=None).exists():
            row.state = PlanState.DONE if switches.filter(state="complete").exists() else PlanState.FAILED
            row.save(update_fields=["state"])
            closed += 1
    return closed


def _wave(wave: Wave, titles: Mapping[int, str]) -> dict[str, Any]:
    return {
        "remove": list(wave.removed),
        "buy": [titles[bought.offering] for bought in wave.buys.values()],
        "evictions": wave.evictions,
        "rounds": len(wave.rounds),
        "saving_hourly_usd": f"{wave.saving:.6f}",
        "waits_for": _waits_for(wave),
    }


def _waits_for(wave: Wave) -> str:
    parts = []
    if wave.buys:
        parts.append(f"{len(wave.buys)} bought node{_s(wave.buys)} to be Ready")
    if len(wave.rounds) > 1:
        parts.append(f"disruption budgets, {len(wave.rounds)} rounds of evictions")
    return "; ".join(parts)


def _s(things: Iterable[object]) -> str:
    return "" if len(list(things)) == 1 else "s"


def _usd(amount: float) -> Decimal:
    return Decimal(str(amount)).quantize(CENTS)
