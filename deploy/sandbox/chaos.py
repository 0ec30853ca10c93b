"""`chaos …`: break one thing in the running sandbox and see what the platform makes of it."""

import argparse
import json
import random
import signal
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

import redis

from deploy.sandbox.process.boot import WORLD
from deploy.sandbox.process.cleanup import SUPERVISOR, is_running
from deploy.sandbox.process.health import opener
from deploy.sandbox.process.installation import Installation, load
from deploy.sandbox.process.once import StepFailed
from deploy.sandbox.process.records import kill_group, read_records
from deploy.sandbox.process.state import StateDir
from deploy.sandbox.servers import Postgres, Valkey
from deploy.sandbox.servers.place import servers_dir

CONTROL_SECONDS = 30.0
WORKERS = ("worker_default", "worker_switches", "worker_solver", "worker_ingest")


def main(state: StateDir, argv: list[str]) -> int:
    """Do what `argv` says to the sandbox in `state`; 0 once it is done.

    Raises StepFailed where no sandbox runs or the thing to break is not there.
    """
    chosen = _parser().parse_args([argument for argument in argv if argument != "help"] or ["--help"])
    installation = load(state)
    if installation is None or not is_running(state):
        raise StepFailed(f"no sandbox runs in {state.root}: make up")
    print(chosen.run(Chaos(state, installation), chosen))
    return 0


class Chaos:
    """Ways to break the sandbox; each says in words what it did."""

    def __init__(self, state: StateDir, installation: Installation) -> None:
        self.state = state
        self.installation = installation

    def interrupt(self, instance: str | None) -> str:
        """AWS takes a spot instance in two minutes."""
        chosen = instance or self._some_spot_instance()
        warned = self._cloud("interrupt", {"instance_id": chosen})
        return f"{chosen} is warned and taken in {warned['seconds']:g} s"

    def rebalance(self, instance: str | None) -> str:
        """AWS recommends to leave a spot instance."""
        chosen = instance or self._some_spot_instance()
        self._cloud("rebalance", {"instance_id": chosen})
        return f"{chosen} is recommended to be left"

    def exhaust(self, instance_type: str, zone: str) -> str:
        """A spot pool has no room left."""
        pool = {"instance_type": instance_type, "zone": zone, "lifecycle": "spot"}
        if not self._cloud("exhaust", pool)["pools"]:
            raise StepFailed(f"there is no pool {instance_type} in {zone}")
        return f"no {instance_type} in {zone} for ten minutes"

    def throttle(self, api: str) -> str:
        """An API answers RequestLimitExceeded to all but a few calls."""
        self._cloud("throttle", {"api": api, "per_second": 0.2, "burst": 1, "seconds": 60})
        return f"{api} is throttled for a minute"

    def kill(self, process: str) -> str:
        """A process dies at once, without a last word."""
        records = read_records(self.state.processes)
        mortal = [record for record in records if record.name not in (*WORLD, SUPERVISOR)]
        wanted = WORKERS if process == "worker" else (process,)
        running = [record for record in mortal if record.name in wanted]
        if not running:
            names = ", ".join(sorted(record.name for record in mortal))
            raise StepFailed(f"no process {process} that comes back; there are {names}")
        chosen = random.choice(running)
        kill_group(chosen.pid, signal.SIGKILL)
        return f"{chosen.name} (pid {chosen.pid}) is killed; the supervisor brings it back"

    def flush_redis(self) -> str:
        """Broker, channel layer and caches forget everything."""
        valkey = Valkey(servers_dir(self.state.root) / "valkey", port=self.installation.ports.valkey)
        _require_own(valkey)
        redis.Redis.from_url(valkey.url).flushall()
        return "Valkey has forgotten everything"

    def restart_postgres(self) -> str:
        """The database ends every connection and comes back."""
        folder = servers_dir(self.state.root)
        postgres = Postgres(folder, folder / "postgres", port=self.installation.ports.postgres)
        _require_own(postgres)
        postgres.stop()
        postgres.start()
        if postgres.port != self.installation.ports.postgres:
            raise StepFailed("somebody took PostgreSQL's port meanwhile: make down, make up")
        return "PostgreSQL was restarted"

    def kube_outage(self, cluster: str, seconds: float) -> str:
        """A cluster's API server does not answer."""
        url = f"{self.installation.kube_url}/_sandbox/clusters/{cluster}/outage"
        _post(url, {"seconds": seconds})
        return f"the API of {cluster} is down for {seconds:g} s"

    def pods(self, count: int, cluster: str, cpu_milli: int) -> str:
        """So many large pods arrive at once in a cluster; what they find no room for waits for nodes."""
        # Imported where used: the client costs every other command a second.
        from deploy.sandbox.seed import bursts, clusters

        kubeconfig = self.state.kubeconfigs / f"{cluster}.yaml"
        if not kubeconfig.exists():
            names = ", ".join(sorted(path.stem for path in self.state.kubeconfigs.glob("*.yaml")))
            raise StepFailed(f"there is no cluster {cluster}; there are {names}")
        bursts.arrive(clusters.connect(kubeconfig), count, cpu_milli)
        if not count:
            return f"the crowd in {cluster} has left"
        return f"{count} pods of {cpu_milli / 1000:g} cores want to run in {cluster}; pods 0 sends them away"

    def _cloud(self, command: str, body: Mapping[str, object]) -> Any:
        return _post(f"{self.installation.aws_url}/_sandbox/{command}", body)

    def _some_spot_instance(self) -> str:
        url = f"{self.installation.aws_url}/_sandbox/instances/changes?since=0"
        with opener().open(url, timeout=CONTROL_SECONDS) as answer:
            changes = json.loads(answer.read())["changes"]
        latest = {change["instance_id"]: change for change in changes}.values()
        spot = [
            one["instance_id"] for one in latest if one["lifecycle"] == "spot" and one["state"] == "running"
        ]
        if not spot:
            raise StepFailed("there is no running spot instance")
        return str(random.choice(spot))


def _require_own(server: Postgres | Valkey) -> None:
    if server.process() is None:
        raise StepFailed("DATABASE_URL or REDIS_URL named that server: it is not ours to break")


def _post(url: str, body: Mapping[str, object]) -> Any:
    request = urllib.request.Request(
        url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
    try:
        with opener().open(request, timeout=CONTROL_SECONDS) as answer:
            return json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as error:
        raise StepFailed(f"{url}: {error.read(500).decode(errors='replace')}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make chaos DO=…", description=__doc__, add_help=True)
    commands = parser.add_subparsers(required=True, metavar="WHAT")

    def add(
        name: str, way: Callable[..., str], run: Callable[[Chaos, argparse.Namespace], str]
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=way.__doc__, description=way.__doc__)
        command.set_defaults(run=run)
        return command

    interrupt = add("interrupt", Chaos.interrupt, lambda chaos, its: chaos.interrupt(its.instance))
    rebalance = add("rebalance", Chaos.rebalance, lambda chaos, its: chaos.rebalance(its.instance))
    for one in (interrupt, rebalance):
        one.add_argument("instance", nargs="?", help="its id; without one a spot instance by chance")
    pool = add("exhaust", Chaos.exhaust, lambda chaos, its: chaos.exhaust(its.type, its.zone))
    pool.add_argument("type")
    pool.add_argument("zone")
    throttle = add("throttle", Chaos.throttle, lambda chaos, its: chaos.throttle(its.api))
    throttle.add_argument("api", nargs="?", default="CreateFleet")
    kill = add("kill", Chaos.kill, lambda chaos, its: chaos.kill(its.process))
    kill.add_argument("process", help="a name of the Procfile, or worker for any of them")
    add("flush-redis", Chaos.flush_redis, lambda chaos, its: chaos.flush_redis())
    add("restart-postgres", Chaos.restart_postgres, lambda chaos, its: chaos.restart_postgres())
    outage = add(
        "kube-outage", Chaos.kube_outage, lambda chaos, its: chaos.kube_outage(its.cluster, its.seconds)
    )
    outage.add_argument("cluster")
    outage.add_argument("seconds", nargs="?", type=float, default=30.0)
    pods = add("pods", Chaos.pods, lambda chaos, its: chaos.pods(its.count, its.cluster, its.cpu))
    pods.add_argument("count", type=int, help="0 sends the last ones away")
    pods.add_argument("cluster", nargs="?", default="prod-cluster-b")
    pods.add_argument("cpu", nargs="?", type=int, default=2500, help="thousandths of a core each")
    return parser
