"""The weather: while AWS takes many nodes at once, a cluster's on-demand share is higher."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q

from apps.accounts.services import audit
from apps.fleet.models import Cluster, Instance, Policy
from apps.fleet.statuses import InstanceState, Lifecycle, NoticeKind

from .telling import tell

WINDOW = timedelta(hours=1)
# One node of three is a third of the cluster, and still one node.
LEAST_INTERRUPTED = 2
# Once it is calm the share comes back by so many points an hour.
POINTS_BACK, BACK_EVERY = 10, timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Weather:
    """Spot nodes that AWS took, or announced to take, within WINDOW; and of how many a cluster has.

    Replacements must not make a cluster look larger: `spot_nodes` are those of now, or those that there were
    when the window began, whichever are more.
    """

    interrupted: int
    spot_nodes: int

    def is_storm(self, policy: Policy) -> bool:
        """Whether the share that was interrupted reaches the policy's threshold."""
        share_pct = 100 * self.interrupted / max(self.spot_nodes, 1)
        return self.interrupted >= LEAST_INTERRUPTED and share_pct >= policy.storm_interruptions_pct


def share_in_force(
    share_pct: int, changed_at: datetime | None, weather: Weather, policy: Policy, now: datetime
) -> int:
    """The on-demand share, in percent, that the weather asks for now; 0 while it is calm."""
    if weather.is_storm(policy):
        return policy.storm_on_demand_pct
    if changed_at is not None and now - changed_at < BACK_EVERY:
        return share_pct
    return max(share_pct - POINTS_BACK, 0)


def follow_weather(cluster: Cluster, now: datetime) -> None:
    """Bring a cluster's on-demand share into line with the weather; a change is told and kept in the trail.

    The cluster comes with its policy joined. One query where nothing changes.
    """
    weather = weather_of(cluster, now)
    was = cluster.on_demand_share_pct
    share = share_in_force(was, cluster.on_demand_share_at, weather, cluster.policy, now)
    if share == was:
        return
    with transaction.atomic():
        won = Cluster.objects.filter(pk=cluster.pk, on_demand_share_pct=was).update(
            on_demand_share_pct=share, on_demand_share_at=now
        )
        cluster.on_demand_share_pct, cluster.on_demand_share_at = share, now
        if won:
            _tell(cluster, was, weather, now)


def weather_of(cluster: Cluster, now: datetime) -> Weather:
    """What befell the cluster's spot nodes within WINDOW; one query."""
    since = now - WINDOW
    taken = Q(interruption_at__gt=since)
    ran = ~Q(state=InstanceState.TERMINATED) | Q(terminated_at__gt=since)
    found = (
        Instance.objects.filter(taken | ran, cluster=cluster, lifecycle=Lifecycle.SPOT)
        .exclude(node_name="")
        .aggregate(
            interrupted=Count("pk", filter=taken),
            now=Count("pk", filter=~Q(state=InstanceState.TERMINATED)),
            then=Count("pk", filter=Q(launched_at__lte=since) & ran),
        )
    )
    return Weather(found["interrupted"], max(found["now"], found["then"]))


def _tell(cluster: Cluster, was: int, weather: Weather, now: datetime) -> None:
    share = cluster.on_demand_share_pct
    audit.record(
        "on_demand_share_changed",
        target=cluster,
        by=None,
        client=cluster.client,
        before={"on_demand_share_pct": was},
        after={"on_demand_share_pct": share},
    )
    seen = f"{weather.interrupted} of {weather.spot_nodes} spot nodes were interrupted within the hour"
    became = f"{share} % of the nodes are to be on-demand" if share else "the policy's own floor holds again"
    tell(cluster, NoticeKind.TERMINATION, f"{cluster.name}: {seen}; {became}.", now=now)
