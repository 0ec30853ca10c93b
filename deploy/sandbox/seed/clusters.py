"""Kubernetes clusters of the stand-in: made by its control API, entered with the kubeconfig it gives."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kubernetes import config
from kubernetes.client import ApiClient, CoreV1Api

from deploy.sandbox.process.health import opener
from deploy.sandbox.process.state import write_private
from deploy.sandbox.seed.cloud import Cloud
from deploy.sandbox.seed.network import KUBERNETES_VERSION, Network

CONTROL_SECONDS = 30.0
POLL_SECONDS = 0.5


class NotSettled(Exception):
    """A cluster did not become as the seed needs it; the message says how far it came."""


def ensure_cluster(
    control: str, cloud: Cloud, network: Network, name: str, profile: str, folder: Path
) -> Path:
    """The kubeconfig of the cluster `name`, made where missing; EKS knows it, too.

    Its nodes are the instances that are launched into `network` with `profile` and say so in their user data.
    """
    path = folder / f"{name}.yaml"
    try:
        made = _post(
            f"{control}/_sandbox/clusters",
            {
                "name": name,
                "join": {
                    "image_ids": list(network.images.values()),
                    "subnet_ids": list(network.subnets.values()),
                    "instance_profile": profile,
                    "account_id": cloud.account.account_id,
                },
            },
        )
    except urllib.error.HTTPError as error:
        if error.code != 409 or not path.exists():
            raise
        return path
    cloud.control(
        "eks-cluster",
        account_id=cloud.account.account_id,
        region=cloud.region,
        name=name,
        endpoint=made["server"],
        ca=made["ca"],
        version=KUBERNETES_VERSION,
    )
    write_private(path, made["kubeconfig"])
    return path


def connect(kubeconfig: Path) -> ApiClient:
    """The API of the cluster that `kubeconfig` names."""
    # The client's package has no types for this module.
    new_client: Callable[[str], ApiClient] = config.new_client_from_config
    return new_client(str(kubeconfig))


def wait_for_nodes(api: ApiClient, expected: int, seconds: float) -> list[Any]:
    """The cluster's nodes once `expected` are Ready. Raises NotSettled."""
    core = CoreV1Api(api)
    deadline = time.monotonic() + seconds
    while True:
        ready = [node for node in core.list_node().items if _is_ready(node)]
        if len(ready) >= expected:
            return ready
        if time.monotonic() > deadline:
            raise NotSettled(f"only {len(ready)} of {expected} nodes joined within {seconds:g} s")
        time.sleep(POLL_SECONDS)


def wait_for_pods(api: ApiClient, seconds: float) -> int:
    """How many pods there are once all run. Raises NotSettled."""
    core = CoreV1Api(api)
    deadline = time.monotonic() + seconds
    while True:
        pods: list[Any] = core.list_pod_for_all_namespaces().items
        waiting = [pod.metadata.name for pod in pods if pod.status.phase != "Running"]
        if pods and not waiting:
            return len(pods)
        if time.monotonic() > deadline:
            raise NotSettled(f"{len(waiting)} of {len(pods)} pods do not run, {waiting[:3]} among them")
        time.sleep(POLL_SECONDS)


def _is_ready(node: Any) -> bool:
    conditions = node.status.conditions or []
    return any(condition.type == "Ready" and condition.status == "True" for condition in conditions)


def _post(url: str, body: dict[str, object]) -> Any:
    request = urllib.request.Request(
        url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
    with opener().open(request, timeout=CONTROL_SECONDS) as answer:
        return json.loads(answer.read() or b"{}")
