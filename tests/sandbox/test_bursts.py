"""Pods that need nodes: they come, they find no room, and they go again."""

import random

import pytest
import yaml
from kubernetes.client import ApiClient, AppsV1Api, CoreV1Api
from kubernetes.config import new_client_from_config_dict

from deploy.sandbox.seed import bursts
from deploy.sandbox.seed.workloads import NAMESPACES
from tests.fleet.kube.standin import StandIn
from tests.world.servers import KubeStandIn
from tests.world.tenant import eventually


@pytest.fixture
def api(kube_stand_in: KubeStandIn) -> ApiClient:
    """A cluster with one node of eight cores."""
    cluster = StandIn(kube_stand_in).cluster()
    cluster.node(instance_type="m5.2xlarge")
    client: ApiClient = new_client_from_config_dict(yaml.safe_load(cluster.kubeconfig))
    for name in NAMESPACES:
        CoreV1Api(client).create_namespace({"metadata": {"name": name}})
    return client


def waiting(api: ApiClient) -> int:
    """How many pods the scheduler has refused."""
    pods = CoreV1Api(api).list_pod_for_all_namespaces().items
    return sum(
        condition.reason == "Unschedulable" for pod in pods for condition in pod.status.conditions or ()
    )


def replicas(api: ApiClient) -> int:
    found = AppsV1Api(api).read_namespaced_deployment(bursts.BATCH_JOB, bursts.NAMESPACE)
    return int(found.spec.replicas)


def test_a_crowd_is_more_than_the_nodes_have_room_for_and_is_sent_away(api: ApiClient) -> None:
    bursts.arrive(api, 10, 2500)
    eventually("all but three wait", lambda: waiting(api) == 7)
    bursts.arrive(api, 2, 1000)
    eventually("the smaller one fits", lambda: waiting(api) == 0)
    bursts.arrive(api, 0, 1000)
    assert AppsV1Api(api).list_namespaced_deployment("default").items == []


def test_the_batch_job_begins_and_ends_within_its_bounds(api: ApiClient) -> None:
    assert bursts.swell(api, random.Random(1)) == ""
    bursts.ensure_batch_job(api, 3)
    bursts.ensure_batch_job(api, 3)
    begun = bursts.swell(api, random.Random(1))
    most = replicas(api)
    assert 1 <= most <= 3
    assert begun == f"data/nightly-report 0 -> {most}"
    assert bursts.swell(api, random.Random(1)) == f"data/nightly-report {most} -> 0"
    assert replicas(api) == 0
