"""The control interface for tests and for the sandbox: clusters, machines, outages, counters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address
from itertools import count
from typing import Any

from aiohttp import web

from .api import answer, refusal
from .cluster import Cluster
from .errors import ApiError
from .instance_types import Size, UnknownType
from .kinds import NODES, Obj
from .nodes import Machine
from .sandbox import Sandbox

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
FIRST_ADDRESS = int(IPv4Address("10.200.0.10"))


class Refused(Exception):
    """The request makes no sense; the text says why."""


def control_routes(app: web.Application, sandbox: Sandbox, prefix: str) -> None:
    """Register the control interface below `prefix`."""
    control = Control(sandbox)
    cluster = f"{prefix}/clusters/{{name}}"
    for method, path, handler in (
        ("GET", f"{prefix}/health", control.health),
        ("GET", f"{prefix}/clusters", control.clusters),
        ("POST", f"{prefix}/clusters", control.create),
        ("GET", cluster, control.show),
        ("DELETE", cluster, control.delete),
        ("POST", f"{cluster}/nodes", control.add_node),
        ("DELETE", f"{cluster}/nodes/{{node}}", control.kill_node),
        ("POST", f"{cluster}/outage", control.outage),
        ("POST", f"{cluster}/compact", control.compact),
        ("POST", f"{cluster}/kubelets", control.turn),
        ("GET", f"{cluster}/lowest", control.lowest),
        ("POST", f"{cluster}/lowest", control.restart_lowest),
        ("GET", f"{cluster}/refused", control.refused),
        ("GET", f"{cluster}/calls", control.calls),
    ):
        app.router.add_route(method, path, guarded(handler))


def guarded(handler: Handler) -> Handler:
    """Turn the refusals of a control handler into answers."""

    async def call(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ApiError as error:
            return refusal(error)
        except (Refused, UnknownType, ValueError) as problem:
            return answer({"error": str(problem)}, 400)
        except KeyError as problem:
            return answer({"error": f"not there, or there already: {problem}"}, 404)

    return call


class Control:
    """The handlers. Bodies and answers are JSON."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._addresses = count(FIRST_ADDRESS)

    async def health(self, request: web.Request) -> web.Response:
        return answer({"status": "ok", "clusters": len(self._sandbox.clusters)})

    async def clusters(self, request: web.Request) -> web.Response:
        return answer({"clusters": [self._describe(cluster) for cluster in self._sandbox.clusters.values()]})

    async def create(self, request: web.Request) -> web.Response:
        body = await _body(request)
        name = body.get("name")
        if not isinstance(name, str) or not name:
            raise Refused("a cluster needs a name")
        if name in self._sandbox.clusters:
            return answer({"error": f"cluster {name} exists"}, 409)
        cluster = self._sandbox.add(name, body.get("join"), body.get("token_rules"))
        return answer(self._describe(cluster), 201)

    async def show(self, request: web.Request) -> web.Response:
        return answer(self._describe(self._cluster(request)))

    async def delete(self, request: web.Request) -> web.Response:
        self._sandbox.remove(self._cluster(request).name)
        return answer({})

    async def add_node(self, request: web.Request) -> web.Response:
        cluster, body = self._cluster(request), await _body(request)
        machine = self._machine(body)
        cluster.controllers.kubelets.join(machine)
        return answer(cluster.store.need(NODES, "", machine.name).full, 201)

    async def kill_node(self, request: web.Request) -> web.Response:
        """The machine dies; with `?gone=1` its Node is removed too, as a cloud controller does it."""
        cluster, name = self._cluster(request), request.match_info["node"]
        node = cluster.store.need(NODES, "", name)
        cluster.controllers.kubelets.die(name)
        if request.query.get("gone"):
            cluster.store.remove(node)
        return answer({})

    async def outage(self, request: web.Request) -> web.Response:
        body = await _body(request)
        mode = body.get("mode", "close")
        if mode not in ("close", "503"):
            raise Refused('mode is "close" or "503"')
        self._cluster(request).go_down(float(body.get("seconds", 5)), closes=mode == "close")
        return answer({})

    async def compact(self, request: web.Request) -> web.Response:
        self._cluster(request).compact()
        return answer({})

    async def turn(self, request: web.Request) -> web.Response:
        self._cluster(request).knobs.turn(await _body(request))
        return answer({})

    async def lowest(self, request: web.Request) -> web.Response:
        probe = self._cluster(request).probes.get(*_probe_key(request))
        return answer({"lowest": probe.lowest, "ready": probe.ready})

    async def restart_lowest(self, request: web.Request) -> web.Response:
        probe = self._cluster(request).probes.start(*_probe_key(request))
        return answer({"lowest": probe.lowest, "ready": probe.ready})

    async def refused(self, request: web.Request) -> web.Response:
        return answer({"refused": list(self._cluster(request).refused.values())})

    async def calls(self, request: web.Request) -> web.Response:
        return answer({"calls": dict(self._cluster(request).calls)})

    def _cluster(self, request: web.Request) -> Cluster:
        return self._sandbox.clusters[request.match_info["name"]]

    def _describe(self, cluster: Cluster) -> Obj:
        return {
            "name": cluster.name,
            "server": self._sandbox.url(cluster),
            "token": cluster.token,
            "kubeconfig": self._sandbox.kubeconfig(cluster, cluster.token),
            "admin_token": cluster.admin_token,
            "ca": self._sandbox.ca,
        }

    def _machine(self, body: Obj) -> Machine:
        zone, instance_type = body.get("zone", "us-east-1a"), body.get("instance_type", "m5.large")
        size = self._sandbox.types.size(instance_type)
        size = Size(
            body.get("cpu_milli", size.cpu_milli),
            body.get("memory_mib", size.memory_mib),
            size.pods,
            size.arch,
            size.gpus,
        )
        address = IPv4Address(next(self._addresses))
        return Machine(
            name=body.get("name") or f"ip-{str(address).replace('.', '-')}.ec2.internal",
            instance_type=instance_type,
            zone=zone,
            size=size,
            ip=str(address),
            instance_id=body.get("instance_id", ""),
            lifecycle=body.get("lifecycle", "on_demand"),
            labels=body.get("labels") or {},
            taints=tuple(body.get("taints") or ()),
        )


async def _body(request: web.Request) -> dict[str, Any]:
    if not await request.read():
        return {}
    body = await request.json()
    if not isinstance(body, dict):
        raise Refused("the body must be an object")
    return body


def _probe_key(request: web.Request) -> tuple[str, str]:
    return request.query.get("namespace", ""), request.query.get("selector", "")
