"""The account's quotas, with what it runs against them."""

from uuid import UUID

from django.db.models import Sum

from apps.fleet.models import Instance, Quota
from apps.fleet.statuses import InstanceState

from .model import QuotaView
from .quotas import longest_match

MILLI = 1000


def quotas_of(account_id: UUID, region: str) -> tuple[QuotaView, ...]:
    """What an account may run in a region, and runs: two queries, one where no quota was read.

    Empty where Service Quotas may not be asked: then nothing is known, and nothing is held back.
    """
    quotas = [
        QuotaView(lifecycle, tuple(families), vcpus)
        for lifecycle, families, vcpus in Quota.objects.filter(account=account_id, region=region)
        .order_by("code")
        .values_list("lifecycle", "families", "vcpus")
    ]
    if not quotas:
        return ()
    used = [0.0] * len(quotas)
    for lifecycle, family, vcpus in _running(account_id, region):
        lengths = [
            longest_match(family, quota.families) if quota.lifecycle == lifecycle else 0 for quota in quotas
        ]
        if longest := max(lengths):
            used[lengths.index(longest)] += vcpus
    return tuple(
        QuotaView(quota.lifecycle, quota.families, quota.vcpus, run)
        for quota, run in zip(quotas, used, strict=True)
    )


def _running(account_id: UUID, region: str) -> list[tuple[str, str, float]]:
    rows = (
        Instance.objects.filter(account=account_id, region=region)
        .exclude(state=InstanceState.TERMINATED)
        .order_by()
        .values_list("lifecycle", "instance_type__family")
        .annotate(cpu_milli=Sum("instance_type__cpu_milli"))
    )
    return [(lifecycle, family, milli / MILLI) for lifecycle, family, milli in rows]
