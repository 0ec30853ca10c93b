"""The model's newest predictions, pool by pool."""

from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.fleet.models import Instance, Pool
from apps.fleet.statuses import InstanceState, Lifecycle

# What the list can be ordered by, with what that means.
COLUMNS = {
    "pool": "instance_type_id",
    "risk": "interruption_probability",
    "upper": "risk_upper",
    "source": "risk_source",
    "nodes": "nodes",
    "scored": "risk_at",
}
ORDERINGS = [f"{sign}{name}" for name in COLUMNS for sign in ("", "-")]


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
    sign, name = ("-", ordering[1:]) if ordering.startswith("-") else ("", ordering)
    by = (f"{sign}{COLUMNS[name]}", "-interruption_probability", "instance_type_id", "zone", "pk")
    return pools.annotate(nodes=nodes).order_by(*by)
