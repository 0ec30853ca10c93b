"""From the scheduler's word to a stored plan, and what it costs to hold a large cluster in memory."""

import gc
import json
import statistics
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.utils import timezone

from apps.fleet.kube.api import PODS, kube_for
from apps.fleet.kube.listing import PAGE
from apps.fleet.kube.reading import seen_pod
from apps.pipeline.models import Heartbeat, PlacementPlan, PlacementRequest
from apps.pipeline.watch.cache import ClusterCache
from apps.pipeline.watch.following import ClusterWatch
from apps.pipeline.watch.leases import Leases
from apps.pipeline.watch.process import keep_what_was_imported
from deploy.sandbox.seed.world import NodeSet
from tests.factories import ClusterFactory
from tests.fleet.kube.kubeconfigs import minimal
from tests.fleet.kube.standin import StandIn
from tests.pipeline.watch.wire_pods import pod_object, pod_page
from tests.world.processes import Processes
from tests.world.servers import ROOT, AwsEmulator, KubeStandIn
from tests.world.tenant import REGION, Tenant, eventually

PODS_OF_A_LARGE_CLUSTER = 10_000
RELIST_CPU_SECONDS, MEMORY_MIB = 0.5, 12
CROWD, CROWD_SECONDS = 1_000, 1.0
SEEN_SECONDS, PLANNED_SECONDS = 0.2, 1.0


@pytest.fixture(scope="module")
def pages() -> list[bytes]:
    """A cluster's pods as its API gives them."""
    pods = [pod_object(number) for number in range(PODS_OF_A_LARGE_CLUSTER)]
    starts = range(0, len(pods), PAGE)
    return [
        pod_page(pods[start : start + PAGE], token=str(start + PAGE) if start + PAGE < len(pods) else "")
        for start in starts
    ]


@pytest.fixture
def address(pages: list[bytes]) -> Iterator[str]:
    """An API that gives these pages, in a thread: whoever measures its own thread does not count it."""

    class Pages(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            start = int(parse_qs(urlsplit(self.path).query).get("continue", ["0"])[0])
            body = pages[start // PAGE]
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.requirement("P1.3")
def test_a_relist_of_ten_thousand_pods(address: str, pages: list[bytes]) -> None:
    kube, cache = kube_for(name="large", kubeconfig=minimal(address)), ClusterCache()
    keep_what_was_imported()  # as a watcher does
    took = []
    for _ in range(5):
        begin = time.thread_time()
        pods, _ = kube.pods()
        cache.only_pods(pods)
        took.append(time.thread_time() - begin)
    assert len(cache.state(timezone.now()).pods) == PODS_OF_A_LARGE_CLUSTER
    size = sum(map(len, pages)) / PODS_OF_A_LARGE_CLUSTER
    print(
        f"\nrelist of {PODS_OF_A_LARGE_CLUSTER} pods of {size:.0f} bytes: CPU "
        f"{statistics.median(took):.3f} s in the middle, {max(took):.3f} s at most"
    )
    assert statistics.median(took) < RELIST_CPU_SECONDS


def test_what_ten_thousand_pods_take_in_memory(pages: list[bytes]) -> None:
    gc.collect()
    tracemalloc.start()
    cache = ClusterCache()
    cache.only_pods([seen_pod(pod) for page in pages for pod in PODS.decode(page).items or ()])
    gc.collect()
    held = tracemalloc.get_traced_memory()[0] / 2**20
    tracemalloc.stop()
    print(f"\na cache of {PODS_OF_A_LARGE_CLUSTER} pods: {held:.1f} MiB")
    assert held < MEMORY_MIB


@pytest.fixture
def processes(transactional_db: None, cloud_settings: None, aws_emulator: AwsEmulator) -> Iterator[Processes]:
    redis.Redis.from_url(settings.REDIS_URL).flushall()
    made = Processes(aws_emulator)
    yield made
    made.stop()


@dataclass(frozen=True, slots=True)
class Sent:
    """When each pod was sent, and when the API told that no node takes it."""

    at: dict[str, float]
    refused: dict[str, float]


class Seen(threading.Thread):
    """Notes when each pod came into a cache's list of those that no node takes."""

    def __init__(self, cache: ClusterCache, pods: int) -> None:
        super().__init__(daemon=True)
        self._cache, self._pods = cache, pods
        self.at: dict[str, float] = {}

    def run(self) -> None:
        while len(self.at) < self._pods:
            waiting, now = self._cache.unschedulable(), time.time()
            for pod in waiting[len(self.at) :]:
                self.at[pod.name] = now
            time.sleep(0.002)


def send_crowd(kubeconfig: str) -> Sent:
    """A thousand pods within a second, by a process of its own."""
    order = {"kubeconfig": kubeconfig, "pods": CROWD, "seconds": CROWD_SECONDS}
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.crowd"],
        input=json.dumps(order),
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        timeout=90,
        check=True,
    )
    said = json.loads(done.stdout)
    print(f"\n{CROWD} pods sent in {said['seconds']:.2f} s; from the scheduler's refusal on")
    return Sent(
        {name: at for name, (at, _) in said["pods"].items()},
        {name: at for name, (_, at) in said["pods"].items()},
    )


def spread(what: str, since: Mapping[str, float], until: Mapping[str, float]) -> float:
    """The 99th percentile in seconds; prints it beside the median and the worst."""
    took = [until[name] - at for name, at in since.items()]
    p99 = statistics.quantiles(took, n=100)[98]
    middle, most = statistics.median(took), max(took)
    print(f"  {what}: median {middle * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, most {most * 1000:.0f} ms")
    return p99


@pytest.mark.requirement("P1.2", "P1.5")
def test_a_pod_without_a_node_is_seen_at_once(transactional_db: None, kube_stand_in: KubeStandIn) -> None:
    kube = StandIn(kube_stand_in).cluster()
    kube.node(instance_type="m5.large")
    cluster, leases = ClusterFactory(kubeconfig=kube.kubeconfig), Leases()
    assert leases.take(cluster.pk)
    watch = ClusterWatch(cluster, leases)
    watch.start()
    eventually("both kinds are listed", lambda: watch.cache.is_whole)
    seen = Seen(watch.cache, CROWD)
    seen.start()

    sent = send_crowd(kube.kubeconfig)

    seen.join(timeout=60)
    watch.end()
    watch.join(timeout=30)
    leases.close()
    assert seen.at.keys() == sent.refused.keys()
    assert spread("seen", sent.refused, seen.at) < SEEN_SECONDS


class Stored(threading.Thread):
    """Notes when each plan could first be read; a plan's own time is from before it was committed."""

    def __init__(self, pods: int) -> None:
        super().__init__(daemon=True)
        self._pods = pods
        self.requested: dict[str, float] = {}
        self.planned: dict[str, float] = {}

    def run(self) -> None:
        known: set[object] = set()
        try:
            while len(self.planned) < self._pods:
                rows = PlacementRequest.objects.exclude(pk__in=known)
                for pk, context, asked_at, is_planned in rows.values_list(
                    "pk", "context", "created_at", "plan__created_at"
                ):
                    for name in context["uids"]:
                        self.requested.setdefault(name.rpartition("/")[2], asked_at.timestamp())
                    if is_planned:
                        known.add(pk)
                        now = time.time()
                        self.planned |= {name.rpartition("/")[2]: now for name in context["uids"]}
                time.sleep(0.01)
        finally:
            connection.close()


@pytest.mark.requirement("P1.1", "P1.2", "P1.4")
def test_a_thousand_pods_within_a_second(processes: Processes, tenant: Callable[[], Tenant]) -> None:
    built = tenant().build(NodeSet("m5.large", f"{REGION}a", 1))
    processes.start("watcher", "solver")
    eventually("the solver is warm", lambda: Heartbeat.objects.filter(kind="worker_solver").exists())
    built.cluster.refresh_from_db()
    eventually("the cluster is watched", lambda: _is_watched(built))
    time.sleep(5)  # imports and first looks are not an event's cost
    stored = Stored(CROWD)
    stored.start()

    sent = send_crowd(built.cluster.kubeconfig)

    stored.join(timeout=60)
    assert stored.planned.keys() == sent.refused.keys()
    spread("their batch closed", sent.refused, stored.requested)
    planned = spread("their plan stored", sent.refused, stored.planned)
    spread("the same from their sending on", sent.at, stored.planned)
    for plan in PlacementPlan.objects.order_by("created_at"):
        print(f"  plan of {plan.pods} pods: {plan.seconds:.2f} s, gap {plan.gap:.4f}, {plan.method}")
    assert planned < PLANNED_SECONDS


def _is_watched(built: Tenant) -> bool:
    built.cluster.refresh_from_db()
    return built.cluster.watched_at is not None
