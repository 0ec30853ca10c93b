"""A cluster as the topology page writes it."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil
from uuid import UUID

from apps.fleet.models import Policy
from apps.fleet.selectors.figures import Figures
from apps.fleet.selectors.health import Health
from apps.fleet.selectors.lanes import LaneView
from apps.fleet.selectors.topology import ClusterTopology, HexView
from apps.fleet.statuses import Mode
from atharva.web.templatetags.ui import usd

from .words import counted


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class ClusterView:
    id: UUID
    name: str
    region: str
    mode: str
    nodes: int
    spot: int
    on_demand: int
    saved_text: str
    health: Health
    limit_text: str
    facts: list[Fact]
    engine: list[Fact]
    lanes: list[LaneView]
    cells: list[HexView]


def cluster_view(cluster: ClusterTopology, now: datetime) -> ClusterView:
    """The cluster's words and numbers as of `now`."""
    row, figures = cluster.row, cluster.row.figures
    return ClusterView(
        id=row.id,
        name=row.name,
        region=row.region,
        mode=Mode(row.policy.mode if row.policy else Mode.OBSERVE).label,
        nodes=figures.nodes,
        spot=figures.spot,
        on_demand=figures.on_demand,
        saved_text=saved_text(figures),
        health=figures.health,
        limit_text=limit_text(row.policy, figures.nodes, now),
        facts=[Fact("Capacity", f"{counted(row.types, 'type')}, {counted(row.zones, 'zone')}")],
        engine=[
            Fact("Moving now", counted(figures.moving, "node")),
            Fact("Moved in 24 h", counted(cluster.moved_last_day, "node")),
            Fact("Last decision", f"{row.decided_at:%H:%M} UTC" if row.decided_at else "none yet"),
        ],
        lanes=cluster.lanes,
        cells=cluster.cells,
    )


def saved_text(figures: Figures) -> str:
    """What the cluster saves at this moment; nothing is known before the first scrape of the market."""
    return f"{usd(figures.saved_hourly_usd)}/h saved" if figures.is_priced else "no prices yet"


def limit_text(policy: Policy | None, nodes: int, now: datetime) -> str:
    """What holds moves back, in words."""
    if policy is None or policy.mode == Mode.OBSERVE:
        return "watched, nothing is moved"
    if policy.mode == Mode.DRY_RUN:
        return "decided, nothing is moved"
    if policy.is_paused(now):
        return f"paused: {policy.paused_reason or 'no reason given'}"
    return f"limit {ceil(nodes * policy.max_moving_pct / 100)} at once"
