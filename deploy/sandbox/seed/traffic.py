"""The days of the clusters: services grow and shrink a little, and a batch job needs nodes of its own."""

import random
import time
from pathlib import Path
from typing import Any

from kubernetes.client import ApiException, AppsV1Api
from urllib3.exceptions import HTTPError

from deploy.sandbox.process.state import StateDir
from deploy.sandbox.seed.bursts import swell
from deploy.sandbox.seed.clusters import connect
from deploy.sandbox.seed.workloads import BASELINE, NAMESPACES

PAUSE_SECONDS = (8.0, 25.0)
LEAST_SHARE, MOST_SHARE = 0.7, 1.5
# With five clusters to choose from, one's batch job begins or ends every ten minutes or so.
SWELLS = 0.15


def traffic(state: StateDir) -> None:
    """Scale one deployment of one cluster now and then, until we are ended."""
    chance = random.Random()
    while True:
        time.sleep(chance.uniform(*PAUSE_SECONDS))
        kubeconfig = chance.choice(sorted(state.kubeconfigs.glob("*.yaml")))
        try:
            print(f"{kubeconfig.stem}: {scale_one(kubeconfig, chance)}", flush=True)
        except (ApiException, HTTPError) as error:
            # An outage is somebody's experiment; the traffic comes back when the API does.
            print(f"{kubeconfig.stem} does not answer: {error}", flush=True)


def scale_one(kubeconfig: Path, chance: random.Random) -> str:
    """Scale one deployment of the cluster, now and then its batch job; what was done, in words."""
    api = connect(kubeconfig)
    if chance.random() < SWELLS and (swelled := swell(api, chance)):
        return swelled
    apps = AppsV1Api(api)
    namespace = chance.choice(NAMESPACES)
    deployments: list[Any] = apps.list_namespaced_deployment(namespace).items
    grown = [one for one in deployments if BASELINE in (one.metadata.annotations or {})]
    if not grown:
        return f"nothing to scale in {namespace}"
    chosen = chance.choice(grown)
    baseline = int(chosen.metadata.annotations[BASELINE])
    wanted = max(1, round(baseline * chance.uniform(LEAST_SHARE, MOST_SHARE)))
    apps.patch_namespaced_deployment_scale(chosen.metadata.name, namespace, {"spec": {"replicas": wanted}})
    return f"{namespace}/{chosen.metadata.name} {chosen.spec.replicas} -> {wanted}"
