"""A region's pools as a decision sees them."""

from collections.abc import Sequence

from apps.fleet.models import InstanceType, Pool

from .capacity import allocatable
from .model import ON_DEMAND, PoolView
from .overlays import Overlay, paid

PoolKey = tuple[str, str, str]  # zone, type, lifecycle

# Plain tuples: a region has thousands of pools, and a model instance costs ten times as much.
POOL_COLUMNS = (
    "pk",
    "zone",
    "lifecycle",
    "price_hourly_usd",
    "on_demand_hourly_usd",
    "risk_upper",
    "set_aside_until",
    "instance_type_id",
)


def pool_views(
    region: str, bought_lately: frozenset[int], overlays: Sequence[Overlay] = ()
) -> dict[PoolKey, PoolView]:
    """Every pool of a region at what the tenant of these overlays pays, in two queries."""
    rooms = {
        shape.pk: (shape, allocatable(shape.cpu_milli, shape.memory_mib, shape.max_pods, shape.gpus))
        for shape in InstanceType.objects.all()
    }
    views: dict[PoolKey, PoolView] = {}
    for row in Pool.objects.filter(region=region).order_by("id").values_list(*POOL_COLUMNS):
        pk, zone, lifecycle, price, on_demand, risk_upper, set_aside_until, name = row
        shape, room = rooms[name]
        listed = price
        if overlays:
            price = paid(listed, name, lifecycle, overlays)
        views[zone, name, lifecycle] = PoolView(
            id=pk,
            instance_type=name,
            family=shape.family,
            generation=shape.generation,
            architecture=shape.architecture,
            zone=zone,
            lifecycle=lifecycle,
            room=room,
            price=price,
            on_demand=on_demand,
            risk_upper=risk_upper or 0.0,
            set_aside_until=set_aside_until,
            bought_lately=pk in bought_lately,
            vcpus=shape.cpu_milli // 1000,
            listed=listed,
            on_demand_paid=paid(on_demand, name, ON_DEMAND, overlays) if overlays else on_demand,
        )
    return views
