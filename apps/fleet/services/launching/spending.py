"""What a cluster costs an hour now, and whether one more node is within what its policy allows."""

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from apps.fleet.models import Cluster, Instance, Launch, Policy, Pool
from apps.fleet.services.purchases import pools_in_order
from apps.fleet.statuses import InstanceState

NOTHING = Decimal(0)


@transaction.atomic
def within_cap(launch: Launch, pools: Sequence[Pool]) -> tuple[list[Pool], str]:
    """Those of `pools` that the cap leaves room for, held for this launch; else none and the sentence why.

    The policy's row is locked while it is counted, so that two launches are never given the same dollars.
    """
    cap = Policy.objects.select_for_update().get(cluster=launch.cluster_id).max_price_hourly_usd
    if cap is None:
        return list(pools), ""
    spent = hourly_usd(launch.cluster) + promised_usd(launch)
    priced = [(pool, pool.price_hourly_usd or NOTHING) for pool in pools]
    within = [pool for pool, price in priced if spent + price <= cap]
    if not within:
        least = min(price for _, price in priced)
        return [], (
            f"Waiting: ${least:.4f}/h more would pass the cluster's cap of ${cap:.4f}/h; "
            f"it costs ${spent:.4f}/h now"
        )
    # A lost race leaves the row alone: whoever was faster has held it.
    same = Launch.objects.filter(pk=launch.pk, revision=launch.revision)
    same.update(asked=[pool.pk for pool in within])
    return within, ""


def hourly_usd(cluster: Cluster) -> Decimal:
    """What the cluster's living instances cost, at the prices in force. One query."""
    living = Instance.objects.filter(cluster=cluster).exclude(state=InstanceState.TERMINATED)
    total: Decimal | None = living.aggregate(total=Sum("pool__price_hourly_usd"))["total"]
    return total or NOTHING


def promised_usd(launch: Launch) -> Decimal:
    """What the cluster's other launches may cost that hold dollars and have no instance yet. Two queries."""
    others = Launch.objects.open().filter(cluster=launch.cluster_id, instance=None).exclude(pk=launch.pk)
    asked = list(others.exclude(asked=[]).values_list("asked", flat=True))
    price = {p.pk: p.price_hourly_usd or NOTHING for p in pools_in_order([pk for ids in asked for pk in ids])}
    return sum((max(price.get(pk, NOTHING) for pk in ids) for ids in asked), NOTHING)
