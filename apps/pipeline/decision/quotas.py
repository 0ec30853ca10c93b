"""What an account may run: a pool whose next node would not fit into a quota is no candidate."""

from collections.abc import Iterable

from .model import PoolView, QuotaView
from .reasons import Reason, Why


def quota_refusal(pool: PoolView, quotas: Iterable[QuotaView]) -> Why | None:
    """Why one more node of the pool is beyond the account's quota; None where it fits, or none is known."""
    quota = quota_of(pool, quotas)
    if quota is None or quota.used + pool.vcpus <= quota.vcpus:
        return None
    return Why(Reason.QUOTA, f"{quota.used:g}", f"{quota.vcpus:g}", quota.title)


def vcpus_left(pool: PoolView, quotas: Iterable[QuotaView]) -> float | None:
    """How many vCPUs of the pool's kind the account may still launch; None where no quota is known."""
    quota = quota_of(pool, quotas)
    return None if quota is None else max(quota.vcpus - quota.used, 0)


def quota_of(pool: PoolView, quotas: Iterable[QuotaView]) -> QuotaView | None:
    """The quota that a node of the pool counts against."""
    covering = (
        (longest_match(pool.family, quota.families), number, quota)
        for number, quota in enumerate(quotas)
        if quota.lifecycle == pool.lifecycle
    )
    length, _, quota = max(covering, default=(0, 0, None), key=lambda found: (found[0], -found[1]))
    return quota if length else None


def longest_match(family: str, beginnings: Iterable[str]) -> int:
    """The length of the longest of `beginnings` that `family` begins with; 0 where it begins with none.

    AWS names families by letters that overlap: `inf2` is Inf and not I, `im4gn` is I.
    """
    return max((len(name) for name in beginnings if family.startswith(name)), default=0)
