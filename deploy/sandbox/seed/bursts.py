"""Pods that come all at once and are larger than what the nodes have left: somebody has to buy nodes."""

import random
from typing import Any

from kubernetes.client import ApiClient, ApiException, AppsV1Api

from deploy.sandbox.seed.workloads import container, unless_there

# On a Deployment that is idle most of the time: how many replicas it has at its busiest.
BUSIEST = "sandbox/busiest"
BATCH_JOB, NAMESPACE = "nightly-report", "data"
# A half-full node of eight cores has no room for one of these, an empty one has.
BATCH_MILLI, BATCH_MIB = 6000, 8192
CROWD, CROWD_NAMESPACE = "crowd", "default"
CROWD_MIB_PER_MILLI = 2
NOT_FOUND = 404


def ensure_batch_job(api: ApiClient, busiest: int) -> None:
    """A Deployment without replicas that swells now and then."""
    body = _deployment(BATCH_JOB, 0, BATCH_MILLI, BATCH_MIB)
    body["metadata"]["annotations"] = {BUSIEST: str(busiest)}
    unless_there(AppsV1Api(api).create_namespaced_deployment, NAMESPACE, body)


def swell(api: ApiClient, chance: random.Random) -> str:
    """Let the cluster's batch job begin where it is idle, or end; what was done, empty where there is none.

    The nodes that it needed stay when it ends, so it takes no more the next time.
    """
    apps = AppsV1Api(api)
    deployments: list[Any] = apps.list_namespaced_deployment(NAMESPACE).items
    job = next((one for one in deployments if one.metadata.name == BATCH_JOB), None)
    if job is None:
        return ""
    busiest = int(job.metadata.annotations[BUSIEST])
    before = job.spec.replicas
    wanted = 0 if before else chance.randint(1, busiest)
    apps.patch_namespaced_deployment_scale(BATCH_JOB, NAMESPACE, {"spec": {"replicas": wanted}})
    return f"{NAMESPACE}/{BATCH_JOB} {before} -> {wanted}"


def arrive(api: ApiClient, pods: int, cpu_milli: int) -> None:
    """Have a Deployment of so many pods of that size in place of the last such crowd; 0 sends it away."""
    apps = AppsV1Api(api)
    try:
        apps.delete_namespaced_deployment(CROWD, CROWD_NAMESPACE)
    except ApiException as error:
        if error.status != NOT_FOUND:
            raise
    if pods:
        body: Any = _deployment(CROWD, pods, cpu_milli, cpu_milli * CROWD_MIB_PER_MILLI)
        apps.create_namespaced_deployment(CROWD_NAMESPACE, body)


def _deployment(name: str, replicas: int, cpu_milli: int, memory_mib: int) -> dict[str, Any]:
    labels = {"app": name}
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [container(name, f"{cpu_milli}m", f"{memory_mib}Mi")]},
            },
        },
    }
