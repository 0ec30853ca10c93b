"""The metrics API (metrics.k8s.io), as metrics-server serves it: what each running pod uses now.

Nothing runs in these containers, so their use is made up: a steady share of what they ask for, one for each
workload, with a daily wave and a little noise.
"""

from __future__ import annotations

import math
import time
import zlib
from datetime import UTC, datetime

from aiohttp import web

from . import facts
from .access import Deed, User
from .cluster import Cluster
from .kinds import PODS, Obj
from .quantities import requests
from .store import encode

GROUP, VERSION = "metrics.k8s.io", "v1beta1"
PATH = f"/apis/{GROUP}/{VERSION}/pods"
DAY = 86_400
WINDOW = "15s"


def answer(cluster: Cluster, user: User) -> web.Response:
    """The list of every pod's use, which is all of the metrics API that is served."""
    cluster.access.require(user, Deed("list", GROUP, "pods"))
    body = {
        "kind": "PodMetricsList",
        "apiVersion": f"{GROUP}/{VERSION}",
        "metadata": {},
        "items": [_measured(record.obj) for record in cluster.store.all(PODS) if _runs(record.obj)],
    }
    return web.Response(body=encode(body), content_type="application/json")


def _runs(pod: Obj) -> bool:
    return bool(pod["status"].get("phase") == "Running")


def _measured(pod: Obj) -> Obj:
    owner = (facts.owner(pod) or {}).get("name", pod["metadata"]["name"])
    now = time.time()
    return {
        "metadata": {
            "name": pod["metadata"]["name"],
            "namespace": pod["metadata"]["namespace"],
            "labels": facts.labels(pod),
        },
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "window": WINDOW,
        "containers": [
            {"name": container["name"], "usage": _usage(container, owner, now)}
            for container in pod["spec"]["containers"]
        ],
    }


def _usage(container: Obj, owner: str, now: float) -> Obj:
    asked = requests({"containers": [container]})
    luck = zlib.crc32(f"{owner}/{container['name']}".encode()) / 2**32
    noise = zlib.crc32(f"{owner}/{container['name']}/{now // 60}".encode()) / 2**32
    wave = 1 + 0.25 * math.sin(2 * math.pi * now / DAY)
    cpu = asked.get("cpu", 0) * (0.1 + 0.6 * luck) * wave * (0.9 + 0.2 * noise)
    memory = asked.get("memory", 0) * (0.35 + 0.6 * luck) * (0.98 + 0.04 * noise)
    return {"cpu": f"{int(cpu * 1_000_000)}n", "memory": f"{int(memory / 1000 / 1024)}Ki"}
