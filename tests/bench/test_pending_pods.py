"""Five hundred pods that no node takes: how long until every one of them is bound, with all that it takes.

Real processes: the watcher sees them, a solver plans, launches are bought from an EC2 whose instances take
six seconds to boot, and nodes join four seconds later.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from time import monotonic, sleep

import pytest
import redis
from django.conf import settings

from apps.fleet.kube import kube_of
from apps.fleet.models import Launch
from apps.fleet.statuses import LaunchState, Placement
from apps.pipeline.models import PlacementPlan
from deploy.sandbox.seed.world import NodeSet
from tests.fleet.launching.conftest import deploy
from tests.world.processes import Processes
from tests.world.servers import AwsEmulator, KubeStandIn
from tests.world.tenant import REGION, Tenant, eventually

PODS, DEPLOYMENTS = 500, 10
CPU_MILLI = (250, 500, 500, 750, 1000)
LIMIT_SECONDS, GIVEN_UP_SECONDS = 30, 180
PROCESSES = ("solver", "switches", "others", "watcher", "interruptions", "beat")


@pytest.fixture(scope="module")
def aws_emulator() -> Iterator[AwsEmulator]:
    """As in the sandbox's Procfile."""
    server = AwsEmulator("--boot-seconds", "6")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def kube_stand_in(
    aws_emulator: AwsEmulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KubeStandIn]:
    """As in the sandbox's Procfile."""
    folder = str(tmp_path_factory.mktemp("kube"))
    server = KubeStandIn(
        "--state-dir",
        folder,
        "--aws-control",
        aws_emulator.url,
        "--join-seconds",
        "4",
        "--pod-start-seconds",
        "2",
    )
    yield server
    server.stop()


@pytest.fixture
def processes(transactional_db: None, cloud_settings: None, aws_emulator: AwsEmulator) -> Iterator[Processes]:
    redis.Redis.from_url(settings.REDIS_URL).flushall()
    made = Processes(aws_emulator)
    made.schedule(without=("decisions", "market", "ledger", "orphans"))
    yield made
    made.stop()


def unbound(tenant: Tenant) -> int:
    """How many pods no node has, as the product itself would ask."""
    return len(kube_of(tenant.cluster).waiting_pods())


@pytest.mark.requirement("P3.4")
@pytest.mark.parametrize("placement", [Placement.SCHEDULER, Placement.BIND])
def test_five_hundred_pending_pods_are_bound_within_thirty_seconds(
    processes: Processes, tenant: Callable[[], Tenant], placement: Placement
) -> None:
    built = tenant().build(
        *(NodeSet("m5.large", f"{REGION}{zone}", 1) for zone in "abc"), placement=placement
    )
    deploy(built, "filler", replicas=3, cpu="1800m")
    eventually("the nodes are full", lambda: built.ready("filler") == 3)
    processes.start(*PROCESSES)
    # Imports, compilation and first looks are done once, not for every pod: the first ones are not counted.
    deploy(built, "first", replicas=2, cpu="900m")
    eventually("every process works", lambda: built.ready("first") == 2, seconds=GIVEN_UP_SECONDS)
    first = Launch.objects.count()

    begun, seen = monotonic(), dict[int, float]()
    for number in range(DEPLOYMENTS):
        cpu = CPU_MILLI[number % len(CPU_MILLI)]
        deploy(built, f"service-{number}", replicas=PODS // DEPLOYMENTS, cpu=f"{cpu}m")
    created = monotonic() - begun
    eventually("they are all there", lambda: unbound(built) == PODS or Launch.objects.count() > first)
    while PODS not in seen:
        assert monotonic() - begun < GIVEN_UP_SECONDS, where_it_stands()
        sleep(0.5)
        seen.setdefault(PODS - unbound(built), monotonic() - begun)
    took = seen[PODS]

    print(f"\n{placement}: {PODS} pods created within {created:.1f} s, all bound after {took:.1f} s")
    for share in (0.5, 0.9, 0.99):
        at = min(seconds for count, seconds in seen.items() if count >= share * PODS)
        print(f"  {share:.0%} after {at:.1f} s")
    for line in where_it_stands():
        print(f"  {line}")
    assert took <= LIMIT_SECONDS


def where_it_stands() -> list[str]:
    """The plans and launches so far, in a few lines."""
    lines = [
        f"plan of {plan.pods} pods, stored {between(plan.unschedulable_at, plan.created_at)} after the first "
        f"was refused: {plan.state}, {len(plan.new_nodes)} nodes for ${plan.price_hourly_usd:.3f}/h, gap "
        f"{plan.gap:.1%} in {plan.seconds:.2f} s, {len(plan.unplaced)} unplaced {plan.held_by or ''}"
        for plan in PlacementPlan.objects.order_by("created_at")
    ]
    for state in LaunchState:
        launches = list(Launch.objects.filter(state=state).order_by("entered_at"))
        if launches:
            took = [between(one.created_at, one.entered_at) for one in (launches[0], launches[-1])]
            lines.append(f"{len(launches)} launches {state} after {' to '.join(took)}: {launches[-1].detail}")
    return lines


def between(earlier: datetime | None, later: datetime) -> str:
    return f"{(later - earlier).total_seconds():.1f} s" if earlier else "?"
