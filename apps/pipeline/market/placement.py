"""AWS's own word on how likely a spot request succeeds: few questions a day, so only of what is in use."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain

from django.db import connection
from django.db.models import Count

from apps.fleet.cloud.port import Cloud
from apps.fleet.models import Instance, Launch, Pool, Switch
from apps.fleet.statuses import InstanceState, Lifecycle

from .recording import Attempt

# How many different questions AWS answers an account a day.
QUESTIONS_A_DAY = 10
# Of one or two types alone AWS says little good, however much room there is.
LEAST_TYPES = 3
# The number is part of the question: the same one every day.
NODES = 10
CANDIDATES_OF = timedelta(days=1)
# A score that nobody renewed says nothing any more.
FORGOTTEN = timedelta(days=2)


Families = Mapping[str, Sequence[str]]


def refresh_placement_scores(
    cloud: Cloud, region: str, families: Families, attempt: Attempt, *, now: datetime
) -> None:
    """Put a score on the spot pools of those families, by their types.

    One question a family: a score holds for a group of types that replace each other.
    """
    told: dict[tuple[str, str], int] = {}  # by family and zone
    for family, types in families.items():
        for zone, score in cloud.placement_scores(types, nodes=NODES).items():
            told[family, zone] = score
    attempt.rows, attempt.changed = len(told), _store(region, told, now) > 0
    stale = Pool.objects.filter(region=region, placement_score_at__lt=now - FORGOTTEN)
    stale.update(placement_score=None, placement_score_at=None)


def families_in_use(region: str, *, most: int, now: datetime) -> Families:
    """The types of the families that nodes are of, or that were candidates of late; `most` at the most."""
    rows = Pool.objects.filter(region=region, lifecycle=Lifecycle.SPOT)
    types: dict[str, list[str]] = {}
    for family, name in (
        rows.order_by("instance_type").values_list("instance_type__family", "instance_type").distinct()
    ):
        types.setdefault(family, []).append(name)
    wanted = [*_in_use(region), *_candidates(region, now)]
    asked = [name for name in dict.fromkeys(wanted) if len(types.get(name, ())) >= LEAST_TYPES]
    return {family: types[family] for family in asked[:most]}


def _in_use(region: str) -> list[str]:
    nodes = (
        Instance.objects.filter(region=region, lifecycle=Lifecycle.SPOT, cluster__isnull=False)
        .exclude(state=InstanceState.TERMINATED)
        .order_by()
        .values_list("instance_type__family")
        .annotate(nodes=Count("pk"))
    )
    return [family for family, _ in sorted(nodes, key=lambda row: (-row[1], row[0]))]


def _candidates(region: str, now: datetime) -> list[str]:
    """Families of the pools that moves and launches of the last day looked at, the most frequent first."""
    recent = {"cluster__region": region, "created_at__gt": now - CANDIDATES_OF}
    arrays = chain(
        Switch.objects.filter(**recent).order_by().values_list("candidates", flat=True),
        Launch.objects.filter(**recent).order_by().values_list("candidates", flat=True),
    )
    pools = Counter(chain.from_iterable(arrays))
    spot = Pool.objects.filter(pk__in=pools, lifecycle=Lifecycle.SPOT).order_by()
    seen: Counter[str] = Counter()
    for pk, family in spot.values_list("pk", "instance_type__family"):
        seen[family] += pools[pk]
    return sorted(seen, key=lambda family: (-seen[family], family))


TOLD = """
UPDATE fleet_pool SET placement_score = told.score, placement_score_at = %s
FROM unnest(%s::text[], %s::text[], %s::int[]) AS told(family, zone, score), fleet_instancetype AS type
WHERE fleet_pool.region = %s AND fleet_pool.lifecycle = 'spot' AND fleet_pool.zone = told.zone
  AND type.name = fleet_pool.instance_type_id AND type.family = told.family
"""


def _store(region: str, told: Mapping[tuple[str, str], int], now: datetime) -> int:
    families, zones = [family for family, _ in told], [zone for _, zone in told]
    with connection.cursor() as cursor:
        cursor.execute(TOLD, [now, families, zones, list(told.values()), region])
        changed: int = cursor.rowcount
    return changed
