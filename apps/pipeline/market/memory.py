"""What a pool remembers: interruptions, recommendations and empty shelves, until they fade."""

from datetime import datetime, timedelta

from apps.fleet.models import Instance, Pool, PoolEvent
from apps.fleet.services import pools
from apps.mlops.services.risk import score_pool

# Karpenter's figure: a pool that had no room is not asked again before.
SET_ASIDE = timedelta(minutes=3)


def remember(instance: Instance, kind: PoolEvent.Kind, *, now: datetime) -> None:
    """Write down what happened to an instance's pool and score the pool anew; nothing for an unknown pool."""
    pool = pools.remember(instance, kind, now)
    if pool is not None:
        score_pool(pool, now=now)


def set_aside(pool_id: int, *, now: datetime) -> None:
    """Write down that a pool had no capacity, and keep everybody off it for SET_ASIDE."""
    pool = Pool.objects.get(pk=pool_id)
    PoolEvent.objects.create(pool=pool, kind=PoolEvent.Kind.NO_CAPACITY, at=now)
    Pool.objects.filter(pk=pool_id).update(set_aside_until=now + SET_ASIDE)
    score_pool(pool, now=now)
