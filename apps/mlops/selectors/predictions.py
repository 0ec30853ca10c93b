"""The model's newest predictions, pool by pool."""

from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.fleet.models import Instance, Pool
from apps.fleet.statuses import InstanceState, Lifecycle

ORDERINGS = {
    "risk": ("-interruption_probability", "region", "zone", "instance_type_id"),
    "upper": ("-risk_upper", "region", "zone", "instance_type_id"),
    "nodes": ("-nodes", "-interruption_probability", "pk"),
    "pool": ("instance_type_id", "zone"),
}


def predictions(*, everywhere: bool, ordering: str) -> QuerySet[Pool]:
    """Scored spot pools with `nodes` that run in them now: those with nodes alone, or `everywhere`."""
    here = Instance.objects.filter(
        region=OuterRef("region"),
        zone=OuterRef("zone"),
        instance_type=OuterRef("instance_type"),
        lifecycle=OuterRef("lifecycle"),
        state__in=(InstanceState.RUNNING, InstanceState.DRAINING),
    ).exclude(node_name="")
    counted = here.order_by().values("lifecycle").annotate(n=Count("pk")).values("n")
    pools = Pool.objects.filter(lifecycle=Lifecycle.SPOT, interruption_probability__isnull=False)
    if not everywhere:
        pools = pools.filter(Exists(here))
    nodes = Coalesce(Subquery(counted, output_field=IntegerField()), 0)
    return pools.annotate(nodes=nodes).order_by(*ORDERINGS[ordering])
