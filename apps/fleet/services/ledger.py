"""Writes the ledger: for each instance and hour what it cost, and what it would have cost on-demand.

Every accrual writes whole hour slices anew, so running it twice, or after a crash, gives the same rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from django.db.models import F, Q
from django.utils import timezone

from apps.fleet.models import CostEntry, Instance, Pool, PricePoint, Switch
from apps.fleet.savings import HourCost, PriceFrom, Span, costs
from apps.fleet.statuses import InstanceState, Lifecycle, SwitchState

log = structlog.get_logger(__name__)

BATCH = 500
# Spot prices are event series: the price in force may be older than the span; AWS repeats it within a day.
LOOK_BACK = timedelta(days=2)
PoolKey = tuple[str, str, str, str]


def accrue(*, now: datetime | None = None) -> int:
    """Bring the ledger of every instance up to `now`; how many instances were written.

    Six queries for each batch of 500 instances.
    """
    until = now or timezone.now()
    written, last = 0, 0
    while batch := open_instances(after=last):
        write(batch, until)
        written += len(batch)
        last = batch[-1].pk
    return written


def open_instances(*, after: int) -> list[Instance]:
    """The next instances by id whose ledger may lack something."""
    incomplete = (
        Q(accrued_until=None) | ~Q(state=InstanceState.TERMINATED) | Q(accrued_until__lt=F("terminated_at"))
    )
    return list(
        Instance.objects.filter(incomplete, pk__gt=after, cluster__isnull=False)
        .select_related("cluster")
        .order_by("pk")[:BATCH]
    )


def write(instances: Sequence[Instance], until: datetime) -> None:
    """Write the hours that `instances` ran since they were last written."""
    pools = pools_of(instances)
    ran = {i.pk: span for i in instances if (span := unwritten(i, until)).seconds > 0 and key_of(i) in pools}
    prices = prices_of({pools[key_of(i)].pk for i in instances if i.pk in ran}, ran.values())
    overlaps = overlaps_of(instances, until)
    entries = []
    for instance in instances:
        pool = pools.get(key_of(instance))
        if instance.pk not in ran or pool is None or pool.on_demand_hourly_usd is None:
            continue
        paid = (
            prices.get(pool.pk) or current(pool)
            if instance.lifecycle == Lifecycle.SPOT
            else [PriceFrom(ran[instance.pk].start, pool.on_demand_hourly_usd)]
        )
        if not paid:
            continue
        rows = costs(
            ran[instance.pk],
            paid=paid,
            on_demand_hourly_usd=pool.on_demand_hourly_usd,
            overlap=overlaps.get(instance.pk, ()),
        )
        entries += [entry_of(instance, row) for row in rows]
        instance.accrued_until = ran[instance.pk].end
    CostEntry.objects.bulk_create(
        entries,
        update_conflicts=True,
        unique_fields=["instance", "starts_at", "source"],
        update_fields=["seconds", "baseline_usd", "paid_usd", "lifecycle", "cluster"],
        batch_size=2000,
    )
    Instance.objects.bulk_update(instances, ["accrued_until"], batch_size=BATCH)


def unwritten(instance: Instance, until: datetime) -> Span:
    """What of an instance's life the ledger lacks, by full hours, since we were connected."""
    assert instance.cluster is not None  # noqa: S101  open_instances selects members of clusters only
    born = max(instance.launched_at, instance.cluster.created_at)
    start = born
    if instance.accrued_until is not None:
        start = max(born, instance.accrued_until.replace(minute=0, second=0, microsecond=0))
    return Span(start, max(start, min(until, instance.terminated_at or until)))


def key_of(instance: Instance) -> PoolKey:
    """What names an instance's pool."""
    return instance.region, instance.zone, instance.instance_type_id, instance.lifecycle


def pools_of(instances: Iterable[Instance]) -> dict[PoolKey, Pool]:
    """The pools of some instances by key, in one query."""
    keys = {key_of(instance) for instance in instances}
    rows = Pool.objects.filter(
        region__in={k[0] for k in keys}, zone__in={k[1] for k in keys}, instance_type__in={k[2] for k in keys}
    )
    return {(p.region, p.zone, p.instance_type_id, p.lifecycle): p for p in rows}


def prices_of(pool_ids: Iterable[int], spans: Iterable[Span]) -> Mapping[int, list[PriceFrom]]:
    """Each pool's price points over the spans and shortly before, oldest first, in one query."""
    starts = [span.start for span in spans]
    if not starts:
        return {}
    points: dict[int, list[PriceFrom]] = defaultdict(list)
    rows = PricePoint.objects.filter(pool_id__in=list(pool_ids), at__gte=min(starts) - LOOK_BACK).order_by(
        "at"
    )
    for pool_id, at, price in rows.values_list("pool_id", "at", "price_hourly_usd"):
        points[pool_id].append(PriceFrom(at, price))
    return points


def current(pool: Pool) -> list[PriceFrom]:
    """The price in force, where the history has none."""
    if pool.price_hourly_usd is None or pool.priced_at is None:
        return []
    return [PriceFrom(pool.priced_at, pool.price_hourly_usd)]


def overlaps_of(instances: Iterable[Instance], until: datetime) -> Mapping[int, list[Span]]:
    """The spans in which a replacement ran beside the node that it replaces, by the replacement's id.

    A replacement that was rolled back never replaced anything: all of its life is overlap.
    """
    arrivals = Switch.objects.filter(new_instance__in=[i.pk for i in instances]).values_list(
        "new_instance_id", "new_instance__launched_at", "state", "old_instance__terminated_at"
    )
    spans: dict[int, list[Span]] = defaultdict(list)
    for new_id, launched_at, state, old_ended_at in arrivals:
        kept_both = state in (SwitchState.ROLLED_BACK, SwitchState.ROLLING_BACK, SwitchState.FAILED)
        end = until if kept_both else (old_ended_at or until)
        spans[new_id] = [Span(launched_at, max(launched_at, end))]
    return spans


def entry_of(instance: Instance, row: HourCost) -> CostEntry:
    """The ledger's row of one hour."""
    assert instance.cluster is not None  # noqa: S101  open_instances selects members of clusters only
    return CostEntry(
        client_id=instance.cluster.client_id,
        cluster=instance.cluster,
        instance=instance.ec2_id,
        instance_type=instance.instance_type_id,
        zone=instance.zone,
        lifecycle=instance.lifecycle,
        starts_at=row.starts_at,
        seconds=row.seconds,
        baseline_usd=row.baseline_usd,
        paid_usd=row.paid_usd,
    )
