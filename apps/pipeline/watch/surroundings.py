"""What is known around pods that wait: who is being helped already, and what has changed for the rest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Q, QuerySet

from apps.fleet.models import Cluster, Launch, Policy, Pool
from apps.fleet.statuses import Placement

from ..models import PlacementRequest, Scrape
from ..placement.requests import BATCH_PODS
from ..statuses import PlanPurpose

NEARLY_PLANNED = timedelta(seconds=0.4)


def is_placing(cluster: Cluster) -> bool:
    """Whether it is for us to find nodes for a cluster's pods. In every mode: plans are recorded as well."""
    row = Policy.objects.filter(cluster=cluster).values_list("placement", "cluster__autoscaler").first()
    if row is None:
        return False
    placement, autoscaler = row
    return placement != Placement.OFF and not (placement == Placement.AUTO and autoscaler)


def is_solving(cluster: Cluster, now: datetime) -> bool:
    """Whether a request of the cluster keeps the solver busy for a while yet.

    One that a solver has had for so long is being checked and stored: its plan is there by the time that the
    next request is built.
    """
    is_busy = Q(claimed_until=None) | Q(pods__gt=BATCH_PODS) | Q(created_at__gt=now - NEARLY_PLANNED)
    return _open_requests(cluster).filter(is_busy).exists()


def helped(cluster: Cluster) -> frozenset[str]:
    """The pods, by uid, that a node is being bought for, or that wait for their plan."""
    launches = Launch.objects.open().filter(cluster=cluster).values_list("pods", flat=True)
    requests = _open_requests(cluster).values_list("context__uids", flat=True)
    return _uids(launches) | frozenset(uid for uids in requests for uid in (uids or {}).values())


def _open_requests(cluster: Cluster) -> QuerySet[PlacementRequest]:
    return PlacementRequest.objects.filter(cluster=cluster, purpose=PlanPurpose.PENDING, finished_at=None)


@dataclass(frozen=True, slots=True)
class News:
    """What has changed between two looks.

    `given_up` are the pods whose launch has ended, well or not: who waits still is not helped by it. The
    scheduler fills a new node as it sees fit, so that a tight plan may come out a pod short.
    """

    policy: bool
    market: bool
    given_up: frozenset[str]


class Lookout:
    """Looks for what may change a plan, beside the cluster itself."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._looked_at: datetime | None = None
        self._policy: Mapping[str, Any] | None = None
        self._market: datetime | None = None

    def news(self, now: datetime) -> News:
        """Since the last look; the first knows of none."""
        since, self._looked_at = self._looked_at or now, now
        policy: Any = Policy.objects.filter(cluster=self._cluster).values().first()
        scrapes = Scrape.objects.filter(region=self._cluster.region)
        market = scrapes.aggregate(at=Max("changed_at"))["at"]
        is_first = since == now
        found = News(
            policy=policy != self._policy and not is_first,
            market=(market != self._market and not is_first) or self._is_pool_back(since, now),
            given_up=self._given_up(since),
        )
        self._policy, self._market = policy, market
        return found

    def _is_pool_back(self, since: datetime, now: datetime) -> bool:
        """Whether a pool that had no capacity may be tried again."""
        back = {"set_aside_until__gt": since, "set_aside_until__lte": now}
        return Pool.objects.filter(region=self._cluster.region, **back).exists()

    def _given_up(self, since: datetime) -> frozenset[str]:
        ended = Launch.objects.filter(cluster=self._cluster, finished_at__gt=since)
        return _uids(ended.values_list("pods", flat=True))


def _uids(of_launches: Iterable[list[dict[str, str]]]) -> frozenset[str]:
    return frozenset(pod["uid"] for pods in of_launches for pod in pods)
