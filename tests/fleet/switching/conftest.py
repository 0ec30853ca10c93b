"""A cluster whose switches a test advances by hand, so that it can look between two steps."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from time import monotonic, sleep

import pytest

from apps.fleet.models import NodeTemplate, Pool, Switch
from apps.fleet.services import switching
from apps.fleet.services.discovery import refresh_awaited
from apps.fleet.services.pools import pool_of
from apps.fleet.statuses import DisruptionKind, Lifecycle, SwitchState
from deploy.sandbox.seed.world import NodeSet
from tests.world.tenant import REGION, NodeHandle, Tenant

Until = Callable[[Switch], bool]


class Driver:
    """Advances switches the way the sweep does, and notes every state seen."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.seen: list[str] = []

    def suggest(
        self,
        node: NodeHandle,
        *,
        to: list[Pool] | None = None,
        kind: DisruptionKind = DisruptionKind.COST,
        deadline_at: datetime | None = None,
    ) -> Switch:
        pools = to or self.cheaper_pools(node)
        here = pool_of(node.instance).price_hourly_usd
        dearest = max(pool.price_hourly_usd for pool in pools)
        return switching.suggest_switch(
            instance=node.instance,
            kind=kind,
            candidates=pools,
            reason="A cheaper pool has room.",
            saving_hourly_usd=max(here - dearest, Decimal(0)),
            deadline_at=deadline_at,
        )

    def cheaper_pools(self, node: NodeHandle, count: int = 4) -> list[Pool]:
        """The cheapest spot pools that are as large as the node."""
        shape = node.instance.instance_type
        return list(
            Pool.objects.filter(
                region=REGION,
                zone__in=NodeTemplate.objects.get(
                    cluster=self.tenant.cluster, architecture=shape.architecture
                ).subnet_by_zone,
                lifecycle=Lifecycle.SPOT,
                instance_type__architecture=shape.architecture,
                instance_type__cpu_milli__gte=shape.cpu_milli,
                instance_type__memory_mib__gte=shape.memory_mib,
                price_hourly_usd__lt=pool_of(node.instance).price_hourly_usd,
            ).order_by("price_hourly_usd")[:count]
        )

    def run(self, switch: Switch, until: Until, *, seconds: float = 60) -> Switch:
        """Advance until `until` holds; an AssertionError with the last detail where it does not in time."""
        end = monotonic() + seconds
        while True:
            refresh_awaited()
            switching.advance(switch.pk)
            switch = Switch.objects.select_related("new_instance", "old_instance").get(pk=switch.pk)
            if not self.seen or self.seen[-1] != switch.state:
                self.seen.append(switch.state)
            if until(switch):
                return switch
            assert monotonic() < end, f"{switch.state}: {switch.detail}"
            sleep(0.1)

    def finish(self, switch: Switch, *, seconds: float = 60) -> Switch:
        return self.run(switch, lambda s: s.finished_at is not None, seconds=seconds)

    def reach(self, switch: Switch, state: SwitchState) -> Switch:
        return self.run(switch, lambda s: s.state == state)


def make_dear(instance_type: str) -> None:
    """Let the market have moved against a type, so that cheaper pools are plenty whatever the hour."""
    Pool.objects.filter(instance_type_id=instance_type, lifecycle=Lifecycle.SPOT).update(
        price_hourly_usd="0.15"
    )


@pytest.fixture
def small(tenant: Callable[[], Tenant]) -> Driver:
    """Three spot nodes in three zones, without a group."""
    built = tenant().build(*(NodeSet("m5.xlarge", f"{REGION}{zone}", 1) for zone in "abc"))
    make_dear("m5.xlarge")
    return Driver(built)
