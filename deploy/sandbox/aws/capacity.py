"""How much room a pool has: mostly plenty, sometimes little, and none where a person said so."""

import hashlib
import math
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from deploy.sandbox.aws import catalog

Lifecycle = Literal["spot", "on-demand"]
SCARCE_SHARE = 0.03
DEFAULT_VCPU_QUOTA = 100_000
TIDE_SECONDS = 6 * 3600


@dataclass(frozen=True, slots=True)
class PoolKey:
    """One pool; zone names carry their region."""

    instance_type: str
    zone: str
    lifecycle: Lifecycle


class Capacity:
    """Room per pool, shared by all accounts, and vCPU quotas per account and region."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.in_use: Counter[PoolKey] = Counter()
        self.vcpus_in_use: Counter[tuple[str, str, str]] = Counter()
        self.quotas: dict[tuple[str, str, str], int] = {}
        self.exhausted_until: dict[PoolKey, float] = {}

    def size(self, pool: PoolKey, now: float) -> int:
        """Instances the pool could hold in all; it breathes over hours."""
        digest = hashlib.sha256(f"{self.seed}/{pool.zone}/{pool.instance_type}".encode()).digest()
        luck = digest[0] / 256
        if pool.lifecycle == "on-demand":
            return 5000
        if luck < SCARCE_SHARE:
            return 2 + digest[1] % 6
        phase = digest[2] / 256
        tide = 0.8 + 0.2 * math.sin(2 * math.pi * (now / TIDE_SECONDS + phase))
        return int((300 + 8 * digest[1]) * tide)

    def free(self, pool: PoolKey, now: float) -> int:
        """Instances that can still be launched there; 0 where exhausted or not offered."""
        if self.exhausted_until.get(pool, 0) > now or not catalog.is_offered(pool.instance_type, pool.zone):
            return 0
        return max(0, self.size(pool, now) - self.in_use[pool])

    def quota_left(self, account: str, pool: PoolKey) -> int:
        """Instances of that type the account's vCPU quota still allows."""
        key = (account, catalog.region_of(pool.zone), pool.lifecycle)
        vcpus = self.quotas.get(key, DEFAULT_VCPU_QUOTA) - self.vcpus_in_use[key]
        return max(0, vcpus // catalog.TYPES[pool.instance_type].vcpus)

    def take(self, account: str, pool: PoolKey) -> None:
        self._count(account, pool, 1)

    def give_back(self, account: str, pool: PoolKey) -> None:
        self._count(account, pool, -1)

    def _count(self, account: str, pool: PoolKey, sign: int) -> None:
        self.in_use[pool] += sign
        key = (account, catalog.region_of(pool.zone), pool.lifecycle)
        self.vcpus_in_use[key] += sign * catalog.TYPES[pool.instance_type].vcpus
