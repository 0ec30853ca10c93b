"""The control API: what a person, a test or the demo may do to the cloud. JSON over HTTP under /_sandbox/."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, cast

from moto.eks.models import eks_backends

from deploy.sandbox.aws import catalog, eks, events
from deploy.sandbox.aws.accounts import all_instances, find_backend, find_instance
from deploy.sandbox.aws.capacity import DEFAULT_VCPU_QUOTA, Lifecycle, PoolKey
from deploy.sandbox.aws.instances import SandboxInstance
from deploy.sandbox.aws.world import World

Body = dict[str, Any]
LONGEST_WAIT_SECONDS = 60


class BadCommand(Exception):
    """The command cannot be carried out; its text says why."""


class Control:
    """Commands (POST) and questions (GET), by name."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.commands: dict[str, Callable[[Body], Body]] = {
            "interrupt": self.interrupt,
            "rebalance": self.rebalance,
            "health-event": self.health_event,
            "exhaust": self.exhaust,
            "refill": self.refill,
            "quota": self.quota,
            "throttle": self.throttle,
            "price": self.price,
            "backdate": self.backdate,
            "iam": self.take_away,
            "eks-cluster": self.attach_cluster,
            "reset": self.reset,
        }
        self.questions: dict[str, Callable[[Body], Body]] = {
            "health": lambda _: {"status": "ok"},
            "state": self.state,
            "calls": lambda _: dict(world.throttle.calls),
            "instances/changes": self.changes,
            "eks-identity": lambda query: {
                "identity": eks.identity(query["cluster"], query["principal_arn"])
            },
        }

    def interrupt(self, body: Body) -> Body:
        """Warn a spot instance and terminate it after `seconds` (the two minutes AWS gives, by default)."""
        instance = self._live(body)
        if instance.lifecycle != "spot":
            raise BadCommand(f"{instance.id} is not a spot instance")
        seconds = float(body.get("seconds", self._world.settings.warning_seconds))
        instance.interrupt(seconds)
        return {"instance_id": instance.id, "seconds": seconds}

    def rebalance(self, body: Body) -> Body:
        instance = self._live(body)
        if instance.lifecycle != "spot":
            raise BadCommand(f"{instance.id} is not a spot instance")
        events.rebalance_recommendation(instance)
        return {"instance_id": instance.id}

    def health_event(self, body: Body) -> Body:
        instance = self._live(body)
        events.retirement_scheduled(instance)
        return {"instance_id": instance.id}

    def exhaust(self, body: Body) -> Body:
        """No room in the named pools for `minutes`; without type, zone or lifecycle: in all of them."""
        until = time.time() + 60 * float(body.get("minutes", 10))
        pools = list(_pools(body))
        if not pools:
            raise BadCommand("no pool is of that type, zone and lifecycle")
        self._world.capacity.exhausted_until.update(dict.fromkeys(pools, until))
        return {"pools": len(pools)}

    def refill(self, body: Body) -> Body:
        """End the exhaustion of the named pools."""
        for pool in _pools(body):
            self._world.capacity.exhausted_until.pop(pool, None)
        return {}

    def quota(self, body: Body) -> Body:
        """Limit an account's vCPUs in a region and lifecycle; without `vcpus` the default is back."""
        key = (body["account_id"], body["region"], body.get("lifecycle", "spot"))
        self._world.capacity.quotas[key] = int(body.get("vcpus", DEFAULT_VCPU_QUOTA))
        return {"vcpus": self._world.capacity.quotas[key]}

    def throttle(self, body: Body) -> Body:
        limits = {name: float(body[name]) for name in ("per_second", "burst", "seconds")}
        self._world.throttle.limit(body["api"], **limits)
        return limits

    def price(self, body: Body) -> Body:
        """Pin a pool's spot price from now on; null gives it back to the market."""
        usd = body["usd"]
        self._known_type(body["instance_type"])
        self._world.market.pin(
            body["instance_type"], body["zone"], None if usd is None else float(usd), time.time()
        )
        return {}

    def backdate(self, body: Body) -> Body:
        """Make a volume, snapshot or instance `hours` older than it is."""
        name, age = body["resource_id"], timedelta(hours=float(body["hours"]))
        backend = find_backend(name)
        if backend is None:
            raise BadCommand(f"no such resource: {name}")
        if instance := backend.instances_by_id.get(name):
            instance.launch_time -= age
        elif volume := backend.volumes.get(name):
            volume.create_time -= age
        else:
            backend.snapshots[name].start_time -= age
        return {}

    def take_away(self, body: Body) -> Body:
        """Deny these actions to every role of an account but Administrator; none gives all back."""
        account_id, actions = body["account_id"], tuple(body["deny"])
        if actions:
            self._world.gate.taken_away[account_id] = actions
        else:
            self._world.gate.taken_away.pop(account_id, None)
        return {"deny": list(actions)}

    def attach_cluster(self, body: Body) -> Body:
        """Have EKS know a cluster whose API answers at `endpoint`, its certificate signed by `ca` (PEM)."""
        backend = cast(eks.SandboxEksBackend, eks_backends[body["account_id"]][body["region"]])
        cluster = backend.attach(
            body["name"],
            endpoint=body["endpoint"],
            ca=body["ca"],
            version=body.get("version", eks.VERSION),
        )
        return {"arn": cluster.arn}

    def reset(self, _: Body) -> Body:
        """Undo commands: exhaustions, throttles, quotas, pins and denials. Instances stay."""
        self._world.gate.taken_away.clear()
        self._world.capacity.exhausted_until.clear()
        self._world.capacity.quotas.clear()
        self._world.throttle.reset()
        self._world.market.unpin_all(time.time())
        return {}

    def state(self, _: Body) -> Body:
        now = time.time()
        live = [instance for instance in all_instances() if instance.is_live]
        return {
            "instances": dict(Counter(instance.state for instance in all_instances())),
            "lifecycles": dict(Counter(instance.pool.lifecycle for instance in live)),
            "interruptions": [
                {"instance_id": name, "seconds_left": round(at - now, 1)}
                for name, at in dict(self._world.interruptions).items()
            ],
            "exhausted": [
                {
                    "instance_type": pool.instance_type,
                    "zone": pool.zone,
                    "lifecycle": pool.lifecycle,
                    "seconds_left": round(until - now),
                }
                for pool, until in dict(self._world.capacity.exhausted_until).items()
                if until > now
            ],
            "throttles": self._world.throttle.limits(),
            "pinned_prices": self._world.market.pinned(),
        }

    def changes(self, query: Body) -> Body:
        """Instance changes after a cursor, waiting up to `wait` seconds for the next."""
        wait = min(float(query.get("wait", 0)), LONGEST_WAIT_SECONDS)
        cursor, changes = self._world.feed.since(int(query.get("since", 0)), wait)
        return {"cursor": cursor, "changes": changes}

    def _live(self, body: Body) -> SandboxInstance:
        instance = find_instance(body["instance_id"])
        if instance is None or not instance.is_live:
            raise BadCommand(f"no live instance {body['instance_id']}")
        return instance

    def _known_type(self, name: str) -> None:
        if name not in catalog.TYPES:
            raise BadCommand(f"no such instance type: {name}")


def _pools(body: Body) -> Iterator[PoolKey]:
    lifecycles: tuple[Lifecycle, ...] = ("spot", "on-demand")
    for region in catalog.ZONES:
        for type_name, zone in catalog.offerings(region):
            if body.get("instance_type") in (None, type_name) and body.get("zone") in (None, zone):
                for lifecycle in lifecycles:
                    if body.get("lifecycle") in (None, lifecycle):
                        yield PoolKey(type_name, zone, lifecycle)
