"""A tenant with the product's processes at work on it; decisions are left to the test."""

from collections.abc import Callable, Iterator
from time import monotonic, sleep

import pytest
import redis
from django.conf import settings
from django.db import OperationalError, connection

from apps.fleet.models import Instance, Switch
from apps.fleet.statuses import InstanceState, SwitchState
from deploy.sandbox.seed.world import NodeSet
from tests.fleet.switching.conftest import Driver, make_dear
from tests.world.processes import Processes
from tests.world.servers import AwsEmulator
from tests.world.tenant import REGION, Tenant, eventually

NODES = 3
FINISH_SECONDS = 150


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/chaos/" in str(item.path):
            item.add_marker(pytest.mark.chaos)
            item.add_marker(pytest.mark.timeout(400))


class Site:
    """What a chaos test breaks, and how it looks whether all is well again."""

    def __init__(self, tenant: Tenant, processes: Processes) -> None:
        self.tenant, self.processes = tenant, processes
        self.driver = Driver(tenant)

    def suggest(self, index: int = 0) -> Switch:
        return self.driver.suggest(self.tenant.nodes()[index])

    def read(self, switch: Switch) -> Switch:
        """The switch as it is stored now, also while the database comes back."""
        end = monotonic() + 60
        while True:
            try:
                return Switch.objects.select_related("new_instance", "old_instance").get(pk=switch.pk)
            except OperationalError:
                connection.close()
                assert monotonic() < end, "the database did not come back within 60 s"
                sleep(0.2)

    def wait(self, switch: Switch, state: SwitchState, *, seconds: float = 90) -> Switch:
        """The switch once it is in `state`."""
        last = switch
        end = monotonic() + seconds
        while (last := self.read(switch)).state != state:
            assert not last.finished_at, f"ended {last.state}: {last.detail}"
            assert monotonic() < end, f"{last.state}, not {state}: {last.detail}"
            sleep(0.02)
        return last

    def finish(self, switch: Switch, *, seconds: float = FINISH_SECONDS) -> Switch:
        """The switch once it has ended."""
        end = monotonic() + seconds
        while (last := self.read(switch)).finished_at is None:
            assert monotonic() < end, f"{last.state}: {last.detail}"
            sleep(0.1)
        return last

    def assert_consistent(self, *, deployments: dict[str, int]) -> None:
        """One instance per node, as many as before, nothing tainted or pending, every replica back."""
        eventually("EC2 and the inventory agree", self.inventory_agrees)
        living = self.tenant.living()
        assert len(living) == NODES
        eventually("every instance is one node", lambda: self.nodes_by_instance() == dict.fromkeys(living, 1))
        nodes = self.tenant.core.list_node().items
        tainted = [
            n.metadata.name for n in nodes for t in n.spec.taints or [] if t.key.startswith("atharva.ai/")
        ]
        assert tainted == []
        for name, replicas in deployments.items():
            eventually(f"{name} has its replicas", lambda n=name, r=replicas: self.tenant.ready(n) == r)
        assert not Switch.objects.filter(finished_at=None).exists()

    def inventory_agrees(self) -> bool:
        rows = Instance.objects.filter(account=self.tenant.cluster.account).exclude(
            state=InstanceState.TERMINATED
        )
        return set(rows.values_list("ec2_id", flat=True)) == self.tenant.living()

    def nodes_by_instance(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for node in self.tenant.core.list_node().items:
            instance = node.spec.provider_id.rpartition("/")[2]
            counts[instance] = counts.get(instance, 0) + 1
        return counts


@pytest.fixture
def site(transactional_db: None, tenant: Callable[[], Tenant], aws_emulator: AwsEmulator) -> Iterator[Site]:
    redis.Redis.from_url(settings.REDIS_URL).flushall()
    pools = (NodeSet("m5.xlarge", f"{REGION}{zone}", 1) for zone in "abc")
    built = tenant().build(
        *pools, eviction_spread_seconds=4, verify_stable_seconds=3, verify_limit_seconds=60
    )
    make_dear("m5.xlarge")
    processes = Processes(aws_emulator)
    processes.schedule(without=("decisions", "market", "ledger"))
    processes.start("switches", "others", "beat", "watcher", "interruptions")
    yield Site(built, processes)
    processes.stop()
    aws_emulator.order("reset")
