"""What the platform's rows know of a cluster's machines: which they are, which leave, and which come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from apps.fleet.models import Instance, Launch, Switch
from apps.fleet.statuses import InstanceState, LaunchState

# A pod that nodes were bought for so often, within so long, and that waits still, is not helped by another.
BOUGHT_OFTEN, BOUGHT_WITHIN = 2, timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Underway:
    """`instances` are the living ones, `by_node` those that are nodes; `bought` counts nodes by pod's uid."""

    instances: tuple[Instance, ...]
    by_node: Mapping[str, Instance]
    leaving: frozenset[int]
    launches: tuple[Launch, ...]
    switches: tuple[Switch, ...]
    bought: Mapping[str, int]


NOTHING = Underway((), {}, frozenset(), (), (), {})


def underway(cluster_id: UUID, now: datetime) -> Underway:
    """Three queries."""
    instances = tuple(
        Instance.objects.filter(cluster=cluster_id)
        .exclude(state=InstanceState.TERMINATED)
        .only(
            "pk", "node_name", "zone", "region", "lifecycle", "instance_type_id", "interruption_at", "state"
        )
        .order_by("pk")
    )
    switches = tuple(
        Switch.objects.filter(cluster=cluster_id, finished_at=None)
        .select_related("old_instance", "new_instance")
        .order_by("created_at")
    )
    recent = Q(finished_at=None) | Q(created_at__gt=now - BOUGHT_WITHIN)
    launches = list(
        Launch.objects.filter(recent, cluster=cluster_id).select_related("instance").order_by("created_at")
    )
    done = [launch for launch in launches if launch.state == LaunchState.READY]
    bought: dict[str, int] = {}
    for pod in (pod for launch in done for pod in launch.pods):
        bought[pod["uid"]] = bought.get(pod["uid"], 0) + 1
    return Underway(
        instances=instances,
        by_node={instance.node_name: instance for instance in instances if instance.node_name},
        leaving=frozenset(switch.old_instance_id for switch in switches),
        launches=tuple(launch for launch in launches if launch.finished_at is None),
        switches=switches,
        bought=bought,
    )
