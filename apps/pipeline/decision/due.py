"""Which clusters are decided next: after a signal, a market change, or at latest after five minutes."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, OuterRef, Q, Subquery

from apps.fleet.models import Cluster

from ..models import Scrape, Source, Trigger

EVERY = timedelta(minutes=5)
# A market that moves all the time does not have a cluster decided all the time.
AFTER_MARKET = timedelta(seconds=30)


def mark_due(cluster_id: UUID) -> None:
    """Have a cluster decided at the next sweep. The mark is in the row, so no broker can lose it."""
    Cluster.objects.filter(pk=cluster_id).update(decided_at=None)


def claim_due(now: datetime) -> list[tuple[UUID, Trigger]]:
    """The clusters to decide now, each given to one caller only; a claim that dies is due again in EVERY."""
    changed_at = Scrape.objects.filter(region=OuterRef("region"), source=Source.SPOT_PRICES)
    due = (
        Cluster.objects.in_use()
        .filter(policy__isnull=False)
        .annotate(market_at=Subquery(changed_at.values("changed_at")))
        .filter(
            Q(decided_at=None)
            | Q(decided_at__lte=now - EVERY)
            | Q(decided_at__lte=now - AFTER_MARKET, market_at__gt=F("decided_at"))
        )
        .order_by(F("decided_at").asc(nulls_first=True))
    )
    return [
        (pk, _trigger(decided_at, now))
        for pk, decided_at in due.values_list("pk", "decided_at")
        if Cluster.objects.filter(pk=pk, decided_at=decided_at).update(decided_at=now)
    ]


def _trigger(decided_at: datetime | None, now: datetime) -> Trigger:
    if decided_at is None:
        return Trigger.SIGNAL
    return Trigger.SCHEDULE if decided_at <= now - EVERY else Trigger.MARKET
