"""What a switch costs the control plane, with 200 of them at once on one `switches` worker."""

from collections import Counter
from collections.abc import Callable, Iterator
from time import monotonic, sleep

import pytest
import redis
from django.conf import settings

from apps.fleet.models import Switch
from apps.fleet.statuses import SwitchState
from deploy.sandbox.seed.world import NodeSet
from tests.fleet.switching.conftest import Driver, make_dear
from tests.world.processes import Processes
from tests.world.servers import AwsEmulator
from tests.world.tenant import REGION, Tenant

SWITCHES = 200
REPLICAS, DEPLOYMENTS = 80, 10
LIMIT_MS = 150
PROCESSES = ("switches", "others", "watcher", "interruptions", "beat")


@pytest.fixture
def processes(transactional_db: None, cloud_settings: None, aws_emulator: AwsEmulator) -> Iterator[Processes]:
    redis.Redis.from_url(settings.REDIS_URL).flushall()
    made = Processes(aws_emulator)
    made.schedule(without=("decisions", "market", "ledger", "orphans"))
    yield made
    made.stop()


def calls(tenant: Tenant) -> Counter[str]:
    """API calls that both stand-ins have counted."""
    aws = Counter({f"aws {k}": v for k, v in tenant.aws.ask("calls").items()})
    kube = tenant.kube.ask(f"clusters/{tenant.name}/calls")["calls"]
    return aws + Counter({f"kube {k}": v for k, v in kube.items()})


def test_two_hundred_switches_at_once(processes: Processes, tenant: Callable[[], Tenant]) -> None:
    zones = [f"{REGION}{letter}" for letter in "abcd"]
    built = tenant().build(
        *(NodeSet("m5.xlarge", zone, SWITCHES // len(zones)) for zone in zones),
        eviction_spread_seconds=30,
        verify_stable_seconds=10,
    )
    make_dear("m5.xlarge")
    for number in range(DEPLOYMENTS):
        built.deployment(f"service-{number}", replicas=REPLICAS, min_available=REPLICAS // 2)
    processes.start(*PROCESSES)
    sleep(10)  # imports and first looks are not a switch's cost
    driver = Driver(built)
    nodes = built.nodes()
    pools = driver.cheaper_pools(nodes[0])
    before, used = calls(built), {name: processes.cpu_seconds(name) for name in PROCESSES}
    begun = monotonic()
    for node in nodes:
        driver.suggest(node, to=pools)

    open_switches = Switch.objects.filter(finished_at=None)
    while open_switches.exists():
        assert monotonic() - begun < 900, list(open_switches.values_list("state", "detail")[:5])
        sleep(1)

    took = monotonic() - begun
    spent = {name: (processes.cpu_seconds(name) - used[name]) * 1000 / SWITCHES for name in PROCESSES}
    made = calls(built) - before
    complete = Switch.objects.filter(state=SwitchState.COMPLETE).count()
    print(f"\n{SWITCHES} switches in {took:.0f} s, {complete} complete")
    print("CPU ms per switch: " + ", ".join(f"{name} {ms:.1f}" for name, ms in spent.items()))
    print(f"API calls per switch: {sum(made.values()) / SWITCHES:.1f}")
    for call, count in made.most_common(16):
        print(f"  {count / SWITCHES:6.2f}  {call}")
    assert complete == SWITCHES
    assert sum(spent.values()) <= LIMIT_MS
