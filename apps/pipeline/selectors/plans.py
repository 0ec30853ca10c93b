"""A cluster's plans and what became of them."""

from uuid import UUID

from django.db.models import Func, IntegerField, QuerySet

from apps.fleet.models import Launch

from ..models import PlacementPlan, PlacementRequest

MOST_WAITING = 10


class Length(Func):
    """Entries of a JSON list, without fetching them."""

    function = "jsonb_array_length"
    output_field = IntegerField()


def plans_of(cluster_id: UUID) -> QuerySet[PlacementPlan]:
    """The newest first, each with its counts and without its nodes, pods and certificate."""
    return (
        PlacementPlan.objects.filter(cluster=cluster_id)
        .annotate(nodes=Length("new_nodes"), left_over=Length("unplaced"))
        .defer("new_nodes", "on_nodes", "unplaced", "certificate", "faults")
        .order_by("-created_at", "pk")
    )


def waiting_of(cluster_id: UUID) -> list[PlacementRequest]:
    """What is being planned, or waits for a solver, the oldest first."""
    asked = PlacementRequest.objects.filter(cluster=cluster_id, finished_at=None)
    return list(asked.defer("problem", "context").order_by("created_at")[:MOST_WAITING])


def launches_of(plan_id: UUID) -> list[Launch]:
    """The nodes that are bought for a plan, in the order in which they were asked for."""
    launches = Launch.objects.filter(plan_id=plan_id).select_related("pool__instance_type", "instance")
    return list(launches.order_by("created_at", "pk"))
