"""From a pod that no node takes to the request for a plan, in a cluster that is watched."""

from typing import Any

import pytest
from django.utils import timezone

from apps.fleet.models import Cluster, Policy
from apps.fleet.statuses import LaunchState, Mode, Placement
from apps.pipeline.models import PlacementRequest
from apps.pipeline.optimizer.model import ZONE_LABEL
from apps.pipeline.placement.storing import unpacked
from tests.factories import LaunchFactory
from tests.fleet.kube.standin import TestCluster
from tests.fleet.kube.workloads import claim, volume, wait_until

from .waiting import asked_for, start_pod

SOON_SECONDS = 30


@pytest.fixture
def watched(cluster: Cluster, watching: None) -> Cluster:
    """The cluster, once its streams are there."""
    wait_until(lambda: Cluster.objects.get(pk=cluster.pk).watched_at, seconds=SOON_SECONDS)
    return cluster


@pytest.mark.requirement("P1.1", "P1.5", "P1.6")
@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.DRY_RUN, Mode.ACTIVE])
def test_a_pod_without_a_node_is_asked_for_at_once_in_every_mode(
    watched: Cluster, kube: TestCluster, mode: Mode
) -> None:
    Policy.objects.update(mode=mode)

    start_pod(kube, "web")

    wait_until(lambda: asked_for() == {"web"})
    [request] = PlacementRequest.objects.all()
    assert request.cluster_id == watched.pk
    assert request.unschedulable_at is not None


@pytest.mark.requirement("P1.3")
def test_a_hundred_pods_are_no_hundred_calls(watched: Cluster, kube: TestCluster) -> None:
    before = kube.calls()
    for number in range(100):
        start_pod(kube, f"web-{number}")

    wait_until(lambda: len(asked_for()) == 100)

    made = {call: count - before.get(call, 0) for call, count in kube.calls().items()}
    assert made.get("list pods", 0) == made.get("list nodes", 0) == 0
    assert PlacementRequest.objects.count() < 20


def test_pods_that_waited_before_anybody_watched_are_found(
    cluster: Cluster, kube: TestCluster, request: pytest.FixtureRequest
) -> None:
    start_pod(kube, "early")

    request.getfixturevalue("watching")

    wait_until(lambda: asked_for() == {"early"}, seconds=SOON_SECONDS)


def test_a_pod_that_a_node_takes_is_not_asked_for(watched: Cluster, kube: TestCluster) -> None:
    kube.node()
    start_pod(kube, "fits")
    start_pod(kube, "too-large", cpu="64")

    wait_until(lambda: "too-large" in asked_for())
    assert asked_for() == {"too-large"}


def test_a_pod_whose_claim_is_not_there_is_not_helped_by_a_node(watched: Cluster, kube: TestCluster) -> None:
    def with_claim(name: str) -> dict[str, Any]:
        return {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": name}}]}

    claim(kube, "there")
    start_pod(kube, "lost", **with_claim("not-there"))
    start_pod(kube, "waits", **with_claim("there"))

    wait_until(lambda: "waits" in asked_for())
    assert asked_for() == {"waits"}


def test_the_zone_of_a_pods_volume_is_part_of_what_is_asked(watched: Cluster, kube: TestCluster) -> None:
    volume(kube, "vol-data", zones=["us-east-1b"])
    claim(kube, "data", volume="vol-data")

    start_pod(kube, "db", volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}])

    wait_until(lambda: asked_for() == {"db"})
    [pod] = unpacked(bytes(PlacementRequest.objects.get().problem)).pods
    asked = {(r.key, *r.values) for term in pod.shape.where.terms for r in term}
    assert (ZONE_LABEL, "us-east-1b") in asked


@pytest.mark.parametrize("placement", [Placement.OFF, Placement.AUTO])
def test_what_is_not_ours_to_place_is_left_alone_until_it_is(
    watched: Cluster, kube: TestCluster, placement: Placement, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.pipeline.watch.planner.AGAIN_SECONDS", 0.5)
    Cluster.objects.update(autoscaler="Karpenter")
    Policy.objects.update(placement=placement)
    start_pod(kube, "web")
    wait_until(lambda: kube.calls().get("watch pods", 0) >= 3)
    assert asked_for() == set()

    Policy.objects.update(placement=Placement.SCHEDULER)

    wait_until(lambda: asked_for() == {"web"})


def test_another_autoscaler_is_named_in_the_cluster(watched: Cluster, kube: TestCluster) -> None:
    start_pod(kube, "karpenter-0", nodeSelector={"nowhere": "yes"})
    labels = {"metadata": {"labels": {"app.kubernetes.io/name": "karpenter"}}}
    kube.patch("/api/v1/namespaces/default/pods/karpenter-0", labels)

    wait_until(lambda: Cluster.objects.get(pk=watched.pk).autoscaler == "Karpenter")


def test_a_pod_that_a_node_is_being_bought_for_is_not_asked_for_until_that_fails(
    watched: Cluster, kube: TestCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.pipeline.watch.planner.LOOK_SECONDS", 0.2)
    Policy.objects.update(placement=Placement.OFF)
    uid = start_pod(kube, "web")
    launch = LaunchFactory(cluster=watched, pods=[{"namespace": "default", "name": "web", "uid": uid}])
    Policy.objects.update(placement=Placement.SCHEDULER)
    start_pod(kube, "other")
    wait_until(lambda: asked_for() == {"other"})

    launch.state, launch.finished_at = LaunchState.FAILED, timezone.now()
    launch.save()

    wait_until(lambda: asked_for() == {"other", "web"})
