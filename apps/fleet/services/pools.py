"""The pool of an instance, and what happened to it."""

from datetime import datetime

from apps.fleet.models import Instance, Pool, PoolEvent


def pool_of(instance: Instance) -> Pool | None:
    """The pool that an instance runs in; None where the market of its region was not scraped yet."""
    return Pool.objects.filter(
        region=instance.region,
        zone=instance.zone,
        instance_type_id=instance.instance_type_id,
        lifecycle=instance.lifecycle,
    ).first()


def remember(instance: Instance, kind: PoolEvent.Kind, at: datetime) -> Pool | None:
    """Write down what happened to an instance's pool; the pool, None where there is none to remember it."""
    pool = pool_of(instance)
    if pool is not None:
        PoolEvent.objects.create(pool=pool, kind=kind, at=at)
    return pool
