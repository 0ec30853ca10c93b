"""Scoring pools: how likely each is to be interrupted within the hour."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from apps.fleet.models import Instance, Pool, PoolEvent
from apps.fleet.statuses import Lifecycle

from ..hazard import HALF_LIFE, NO_RISK, Evidence, Risk, Sighting, Stay, estimate

# After eight half-lives an event weighs less than half a percent.
MEMORY = 8 * HALF_LIFE
ROWS_A_STATEMENT = 500

PoolKey = tuple[str, str]  # zone, instance type


def score_pools(region: str, *, now: datetime | None = None) -> int:
    """Write the risk of every pool of a region; how many pools that were.

    Pools without a history of their own share the risk of their Spot Advisor range and placement score, one
    statement for each of these.
    """
    now = now or timezone.now()
    sightings, stays = _sightings(Q(pool__region=region), now), _stays(Q(region=region), now)
    spot = Pool.objects.filter(region=region, lifecycle=Lifecycle.SPOT)
    lived = [
        pool
        for pool in spot.only("zone", "instance_type_id", "advisor_bucket", "placement_score")
        if pool.pk in sightings or _key(pool) in stays
    ]
    for pool in lived:
        _weigh(pool, sightings.get(pool.pk, []), stays.get(_key(pool), []), now)
    Pool.objects.bulk_update(lived, _COLUMNS, batch_size=ROWS_A_STATEMENT)
    return len(lived) + _score_unseen(region, [pool.pk for pool in lived], now)


def score_pool(pool: Pool, *, now: datetime | None = None) -> None:
    """Write the risk of one spot pool at once, because something just happened to it."""
    now = now or timezone.now()
    _weigh(pool, *_evidence(pool, now), now)
    pool.save(update_fields=_COLUMNS)


def risk_of(pool: Pool, *, now: datetime) -> Risk:
    """What the risk of one spot pool would be if it were scored now. Two queries."""
    return estimate(pool.advisor_bucket, *_evidence(pool, now), now)


def _evidence(pool: Pool, now: datetime) -> tuple[list[Sighting], list[Stay]]:
    of_pool = Q(region=pool.region, zone=pool.zone, instance_type=pool.instance_type_id)
    seen = _sightings(Q(pool=pool), now).get(pool.pk, [])
    return seen, _stays(of_pool, now).get(_key(pool), [])


def _weigh(pool: Pool, seen: list[Sighting], stays: list[Stay], now: datetime) -> None:
    bucket, score = pool.advisor_bucket, pool.placement_score
    risk = estimate(bucket, seen, stays, now, score=score)
    for name, value in _columns(risk, _source(bucket, score, len(seen)), now).items():
        setattr(pool, name, value)


def _score_unseen(region: str, lived: list[int], now: datetime) -> int:
    rest = Pool.objects.filter(region=region).exclude(pk__in=lived)
    count = rest.filter(lifecycle=Lifecycle.ON_DEMAND).update(**_columns(NO_RISK, "on-demand", now))
    spot = rest.filter(lifecycle=Lifecycle.SPOT).order_by()
    for bucket, score in spot.values_list("advisor_bucket", "placement_score").distinct():
        risk = estimate(bucket, (), (), now, score=score)
        alike = spot.filter(advisor_bucket=bucket, placement_score=score)
        count += alike.update(**_columns(risk, _source(bucket, score, 0), now))
    return count


_COLUMNS = ["interruption_probability", "risk_upper", "risk_source", "risk_at"]


def _columns(risk: Risk, source: str, now: datetime) -> dict[str, object]:
    return dict(zip(_COLUMNS, (risk.probability, risk.upper, source, now), strict=True))


def _key(pool: Pool) -> PoolKey:
    return pool.zone, pool.instance_type_id


def _source(bucket: int | None, score: int | None, events: int) -> str:
    said = ["average" if bucket is None else f"advisor range {bucket}"]
    said += [] if score is None else [f"score {score}"]
    said += [f"{events} event{'' if events == 1 else 's'}"] if events else []
    return ", ".join(said)


def _sightings(where: Q, now: datetime) -> Mapping[int, list[Sighting]]:
    rows = PoolEvent.objects.filter(where, at__gt=now - MEMORY)
    by_pool: dict[int, list[Sighting]] = defaultdict(list)
    for pool_id, kind, at in rows.order_by().values_list("pool_id", "kind", "at"):
        by_pool[pool_id].append(Sighting(Evidence(kind), at))
    return by_pool


def _stays(where: Q, now: datetime) -> Mapping[PoolKey, list[Stay]]:
    """When the spot instances of each pool ran, as far back as it still counts."""
    recent = Q(terminated_at=None) | Q(terminated_at__gt=now - MEMORY)
    rows: Iterable[tuple[str, str, datetime, datetime | None]] = (
        Instance.objects.filter(where, recent, lifecycle=Lifecycle.SPOT)
        .order_by()
        .values_list("zone", "instance_type_id", "launched_at", "terminated_at")
    )
    by_pool: dict[PoolKey, list[Stay]] = defaultdict(list)
    for zone, instance_type, since, until in rows:
        by_pool[zone, instance_type].append(Stay(since, until or now))
    return by_pool
