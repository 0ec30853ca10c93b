"""The fleet's plain lists, each with what its rows show already joined."""

from django.db.models import Count, F, Func, IntegerField, Q, QuerySet

from ..models import Cluster, Launch, Notification, Switch
from ..statuses import InstanceState, Lifecycle, SwitchState

LIVING = ~Q(instances__state=InstanceState.TERMINATED) & ~Q(instances__node_name="")
MOVING = Q(switches__finished_at=None) & ~Q(switches__state=SwitchState.SUGGESTED)


def with_counts(clusters: QuerySet[Cluster]) -> QuerySet[Cluster]:
    """Clusters with their account, policy, count of nodes by lifecycle and of running switches."""
    return clusters.select_related("account", "policy").annotate(
        nodes=Count("instances", filter=LIVING, distinct=True),
        spot_nodes=Count("instances", filter=LIVING & Q(instances__lifecycle=Lifecycle.SPOT), distinct=True),
        on_demand_nodes=Count(
            "instances", filter=LIVING & Q(instances__lifecycle=Lifecycle.ON_DEMAND), distinct=True
        ),
        running_switches=Count("switches", filter=MOVING, distinct=True),
    )


def with_places(switches: QuerySet[Switch]) -> QuerySet[Switch]:
    """Switches with both instances and both pools."""
    return switches.select_related("old_instance", "new_instance", "from_pool", "to_pool")


def with_purchases(launches: QuerySet[Launch]) -> QuerySet[Launch]:
    """Launches with instance and pool, and `pod_count` in place of the pods, which may be a hundred each."""
    count = Func("pods", function="jsonb_array_length", output_field=IntegerField())
    return launches.select_related("instance", "pool").defer("pods").annotate(pod_count=count)


def unread_first(notices: QuerySet[Notification]) -> QuerySet[Notification]:
    """Notices with their instance: the unread ones first, each part newest first."""
    return notices.select_related("instance").order_by(F("read_at").asc(nulls_first=True), "-created_at")
