"""Looking at what a cluster's containers use, and writing down what it says of each workload."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import fmean
from uuid import UUID

from django.db.models import Sum

from apps.fleet.kube import kube_of
from apps.fleet.kube.port import ContainerUsage
from apps.fleet.models import Cluster, Instance
from apps.fleet.statuses import InstanceState

from ..models import WorkloadUsage
from . import histograms
from .advising import Price, Watched, advise

# A workload that is gone is forgotten once nothing of it would count any more.
FORGET_AFTER = timedelta(days=7)
ROWS_A_STATEMENT = 500
# A GiB of memory costs about as much as an eighth of a CPU: the ratio of AWS's m, c and r families.
GIB_IN_MILLI = 125
CHANGING = [
    "replicas",
    "requests_cpu_milli",
    "requests_memory_mib",
    "cpu",
    "memory",
    "samples",
    "last_at",
    "hourly_usd",
    "saving_hourly_usd",
    "advice",
]

Key = tuple[str, str, str, str]  # namespace, kind, name, container


@dataclass(frozen=True, slots=True)
class Sampled:
    """How a look went. `workloads` is None where the cluster has no metrics API."""

    workloads: int | None
    containers: int = 0


def sample(cluster: Cluster, *, now: datetime) -> Sampled:
    """Look once and store what it adds to each workload's history, with fresh advice.

    Three calls and four queries, however large the cluster. Raises what the cluster raises.
    """
    uses = kube_of(cluster).usage()
    if uses is None:
        return Sampled(None)
    seen = _by_workload(uses)
    known = {_key(row): row for row in WorkloadUsage.objects.filter(cluster=cluster)}
    price = price_of_room(cluster.pk)
    rows = [_grown(known.get(key), cluster, key, its, price, now) for key, its in seen.items()]
    WorkloadUsage.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["cluster", "namespace", "kind", "name", "container"],
        update_fields=CHANGING,
        batch_size=ROWS_A_STATEMENT,
    )
    WorkloadUsage.objects.filter(cluster=cluster, last_at__lt=now - FORGET_AFTER).delete()
    return Sampled(len(rows), len(uses))


def price_of_room(cluster_id: UUID) -> Price:
    """What a milli-core and a MiB cost in a cluster: its bill, shared out over what its nodes offer."""
    nodes = (
        Instance.objects.filter(cluster_id=cluster_id)
        .exclude(state=InstanceState.TERMINATED)
        .exclude(pool__price_hourly_usd=None)
        .aggregate(
            bill=Sum("pool__price_hourly_usd"),
            cpu=Sum("instance_type__cpu_milli"),
            memory=Sum("instance_type__memory_mib"),
        )
    )
    if not nodes["cpu"]:
        return Price(Decimal(), Decimal())
    per_mib = Decimal(GIB_IN_MILLI) / 1024
    each = nodes["bill"] / (nodes["cpu"] + nodes["memory"] * per_mib)
    return Price(each, each * per_mib)


def _by_workload(uses: Iterable[ContainerUsage]) -> Mapping[Key, Sequence[ContainerUsage]]:
    found: dict[Key, list[ContainerUsage]] = defaultdict(list)
    for use in uses:
        workload = use.workload
        found[workload.namespace, workload.kind, workload.name, use.container].append(use)
    return found


def _key(row: WorkloadUsage) -> Key:
    return row.namespace, row.kind, row.name, row.container


def _grown(
    before: WorkloadUsage | None,
    cluster: Cluster,
    key: Key,
    uses: Sequence[ContainerUsage],
    price: Price,
    now: datetime,
) -> WorkloadUsage:
    """The workload's row with this look added; every replica is a sample, together they weigh as one look."""
    namespace, kind, name, container = key
    first_at = before.first_at if before else now
    cpu, memory = _faded(before, now)
    for use in uses:
        cpu = histograms.added(cpu, histograms.CPU.bucket(use.cpu_milli), 1 / len(uses))
        memory = histograms.added(memory, histograms.MEMORY.bucket(use.memory_mib), 1 / len(uses))
    row = WorkloadUsage(
        cluster=cluster,
        namespace=namespace,
        kind=kind,
        name=name,
        container=container,
        replicas=len(uses),
        requests_cpu_milli=round(fmean(use.asked_cpu_milli for use in uses)),
        requests_memory_mib=round(fmean(use.asked_memory_mib for use in uses)),
        cpu=cpu,
        memory=memory,
        samples=(before.samples if before else 0) + 1,
        first_at=first_at,
        last_at=now,
    )
    row.hourly_usd = price.of(row.requests_cpu_milli, row.requests_memory_mib) * row.replicas
    if advice := advise(watched(row), price):
        row.saving_hourly_usd = advice.saving_hourly_usd
        row.advice = {
            "cpu_milli": advice.cpu_milli,
            "memory_mib": advice.memory_mib,
            "sentence": advice.sentence,
        }
    return row


def _faded(before: WorkloadUsage | None, now: datetime) -> tuple[list[float], list[float]]:
    if before is None:
        return [], []
    age = now - before.last_at
    return histograms.faded(before.cpu, age), histograms.faded(before.memory, age)


def watched(row: WorkloadUsage) -> Watched:
    """A row as advice is made from it."""
    return Watched(
        replicas=row.replicas,
        asked_cpu_milli=row.requests_cpu_milli,
        asked_memory_mib=row.requests_memory_mib,
        cpu=row.cpu,
        memory=row.memory,
        samples=row.samples,
        days=histograms.since(row.first_at, row.last_at),
    )
