"""What a region sells: instance types, and a pool for each zone and lifecycle that offers them."""

from apps.fleet.cloud.port import Cloud
from apps.fleet.models import Pool
from apps.fleet.services.discovery import learn_types
from apps.fleet.statuses import Lifecycle

from .recording import Attempt

ROWS_A_STATEMENT = 1000


def refresh_offerings(cloud: Cloud, region: str, attempt: Attempt) -> None:
    """Bring types and pools of a region up to date. Pools no longer offered stay, for the history."""
    known = learn_types(cloud)
    wanted = {
        (zone, name, lifecycle)
        for name, zone in cloud.offerings()
        if name in known
        for lifecycle in Lifecycle.values
    }
    pools = Pool.objects.filter(region=region).order_by()
    missing = wanted - set(pools.values_list("zone", "instance_type_id", "lifecycle"))
    Pool.objects.bulk_create(
        (
            Pool(region=region, zone=zone, instance_type_id=name, lifecycle=lifecycle)
            for zone, name, lifecycle in sorted(missing)
        ),
        ignore_conflicts=True,
        batch_size=ROWS_A_STATEMENT,
    )
    attempt.rows, attempt.changed = len(wanted), bool(missing)
