"""A tenant's fleet as its page draws it: clusters, their nodes as cells, what moves (rows 8.1 to 8.11)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q

from apps.accounts.models import Client
from apps.fleet.models import Cluster, Instance, Switch
from apps.fleet.statuses import InstanceState, Lifecycle, SwitchState

from .figures import ClusterFigures, Figures, clusters_with_figures, total
from .lanes import FinishedRow, LaneView, Moves, moves_of

DAY, HOUR = timedelta(hours=24), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class HexView:
    """A node as a cell; `state` is ok, moving, new, risk or critical."""

    instance_id: str
    lifecycle: str
    state: str
    title: str


@dataclass(frozen=True, slots=True)
class ClusterTopology:
    row: ClusterFigures
    lanes: list[LaneView]
    cells: list[HexView]
    moved_last_day: int


@dataclass(frozen=True, slots=True)
class Topology:
    """`finished` has the newest of the `ended_last_hour`."""

    generated_at: datetime
    totals: Figures
    clusters: list[ClusterTopology]
    finished: list[FinishedRow]
    ended_last_hour: int


def topology_of(client: Client, now: datetime) -> Topology:
    """Nine queries, however large the fleet. Clusters in the order in which they were connected."""
    rows = clusters_with_figures(Cluster.objects.in_use().filter(client=client), now)
    moves = moves_of(client, now)
    cells = _cells(client, moves)
    moved, ended = _ended(client, now)
    clusters = [
        ClusterTopology(row, moves.lanes.get(row.id, []), cells.get(row.id, []), moved.get(row.id, 0))
        for row in rows
    ]
    return Topology(
        generated_at=now,
        totals=total(row.figures for row in rows),
        clusters=clusters,
        finished=moves.finished,
        ended_last_hour=ended,
    )


def _cells(client: Client, moves: Moves) -> Mapping[UUID, list[HexView]]:
    """The living nodes of each cluster in the order in which we learned of them. One query."""
    cells: dict[UUID, list[HexView]] = defaultdict(list)
    rows = (
        Instance.objects.filter(~Q(state=InstanceState.TERMINATED), cluster__client=client)
        .order_by("pk")
        .values_list(
            "pk",
            "cluster",
            "ec2_id",
            "instance_type",
            "zone",
            "lifecycle",
            "interruption_at",
            "rebalance_at",
            "node_ready",
        )
    )
    for pk, cluster, ec2_id, instance_type, zone, lifecycle, interrupted, rebalance, ready in rows:
        if interrupted:
            state, word = "critical", "AWS takes it"
        elif pk in moves.leaving:
            state, word = "moving", "moving"
        elif pk in moves.arriving:
            state, word = "new", "new"
        elif rebalance:
            state, word = "risk", "AWS recommends to move it"
        elif not ready:
            state, word = "risk", "not ready"
        else:
            state, word = "ok", "ready"
        kind = Lifecycle(lifecycle).label.lower()
        cells[cluster].append(
            HexView(ec2_id, lifecycle, state, f"{ec2_id}, {instance_type} in {zone}, {kind}, {word}")
        )
    return cells


def _ended(client: Client, now: datetime) -> tuple[Mapping[UUID, int], int]:
    """Switches completed in the last day by cluster, and all that ended in the last hour. One query."""
    rows = (
        Switch.objects.filter(cluster__client=client, finished_at__gt=now - DAY)
        .order_by()
        .values("cluster")
        .annotate(
            moved=Count("pk", filter=Q(state=SwitchState.COMPLETE)),
            ended=Count("pk", filter=Q(finished_at__gt=now - HOUR)),
        )
    )
    return {row["cluster"]: row["moved"] for row in rows}, sum(row["ended"] for row in rows)
