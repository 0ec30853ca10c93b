"""Where pods go, and what is said of those that go nowhere."""

from typing import Any

import pytest

from deploy.sandbox.kube import facts, kinds, writes
from deploy.sandbox.kube.quantities import requests, thousandths
from tests.sandbox.kube.world import World, template

ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"


def container(cpu: str, **more: Any) -> dict[str, Any]:
    return {"name": "c", "image": "i", "resources": {"requests": {"cpu": cpu}}, **more}


def refusal(world: World, app: str) -> str:
    for pod in world.pods(app):
        found = facts.condition(pod.obj, "PodScheduled") or {}
        if found.get("status") == "False":
            return str(found["message"])
    return ""


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1000), ("100m", 100), ("1.5", 1500), ("1Ki", 1_024_000), ("2k", 2_000_000), ("0.0001", 1)],
)
def test_quantities_are_read_in_thousandths(text: str, number: int) -> None:
    assert thousandths(text) == number


@pytest.mark.parametrize(
    ("spec", "cpu"),
    [
        ({"containers": [container("1"), container("500m")]}, 1500),
        ({"containers": [container("1")], "initContainers": [container("3")]}, 3000),
        ({"containers": [container("1")], "initContainers": [container("1", restartPolicy="Always")]}, 2000),
        (
            {
                "containers": [container("1")],
                "initContainers": [container("1", restartPolicy="Always"), container("2")],
            },
            3000,
        ),
        ({"containers": [container("1")], "overhead": {"cpu": "250m"}}, 1250),
    ],
)
def test_a_pods_request_counts_sidecars_init_containers_and_overhead(spec: kinds.Obj, cpu: int) -> None:
    assert requests(spec)["cpu"] == cpu


async def test_replicas_spread_over_the_emptier_nodes(world: World) -> None:
    for name in "abc":
        world.machine(name)
    world.workload(kinds.DEPLOYMENTS, "web", replicas=3)

    await world.until(lambda: world.places("web") == ["a", "b", "c"])


async def test_each_refusal_is_counted(world: World) -> None:
    world.machine("full")
    world.machine("cordoned")
    world.machine("tainted", taints=({"key": "gpu", "value": "yes", "effect": "NoSchedule"},))
    world.machine("other", labels={"pool": "other"})
    world.edit(kinds.NODES, "cordoned", lambda obj: obj["spec"].update(unschedulable=True))
    affinity = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "pool", "operator": "DoesNotExist"}]}]}
    pod = {
        "containers": [container("4")],
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": affinity}},
    }
    world.workload(kinds.DEPLOYMENTS, "big", pod, replicas=1)

    message = await world.until(lambda: refusal(world, "big"))

    assert message == (
        "0/4 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match Pod's node affinity/selector, "
        "1 node(s) had untolerated taint {gpu: yes}, 1 node(s) were unschedulable. preemption: 0/4 nodes are "
        "available: 1 No preemption victims found for incoming pod, 3 Preemption is not helpful for "
        "scheduling."
    )


async def test_a_hard_spread_leaves_pods_out_rather_than_crowding_a_zone(world: World) -> None:
    world.machine("a", zone="us-east-1a")
    world.machine("b", zone="us-east-1b")
    spread = {
        "topologyKey": ZONE,
        "maxSkew": 1,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}},
    }
    world.edit(kinds.NODES, "b", lambda obj: obj["spec"].update(unschedulable=True))
    world.workload(kinds.DEPLOYMENTS, "web", {"topologySpreadConstraints": [spread]}, replicas=2)

    message = await world.until(lambda: refusal(world, "web"))

    assert "1 node(s) didn't match pod topology spread constraints" in message
    world.edit(kinds.NODES, "b", lambda obj: obj["spec"].pop("unschedulable"))
    await world.until(lambda: world.places("web") == ["a", "b"])


async def test_anti_affinity_keeps_one_pod_a_host(world: World) -> None:
    world.machine("a")
    term = {"topologyKey": HOST, "labelSelector": {"matchLabels": {"app": "web"}}}
    apart = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    world.workload(kinds.DEPLOYMENTS, "web", {"affinity": apart}, replicas=2)

    message = await world.until(lambda: refusal(world, "web"))
    assert "didn't match pod anti-affinity rules" in message

    world.machine("b")
    await world.until(lambda: world.places("web") == ["a", "b"])


async def test_a_pod_that_follows_another_is_placed_once_that_one_is(world: World) -> None:
    world.machine("a")
    term = {"topologyKey": HOST, "labelSelector": {"matchLabels": {"app": "leader"}}}
    along = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    world.workload(kinds.DEPLOYMENTS, "follower", {"affinity": along}, replicas=1)
    await world.until(lambda: "didn't match pod affinity rules" in refusal(world, "follower"))

    world.workload(kinds.DEPLOYMENTS, "leader", replicas=1)

    await world.until(lambda: world.places("follower") == ["a"])


async def test_a_waiting_pod_takes_the_room_that_another_leaves(world: World) -> None:
    world.machine("a")
    first = world.make(kinds.PODS, "first", {"containers": [container("1500m")]})
    await world.until(lambda: world.places() == ["a"])
    world.make(kinds.PODS, "second", {"containers": [container("1500m")]})
    await world.until(lambda: world.places() == ["", "a"])

    writes.delete(world.store, world.store.need(kinds.PODS, *first.key), writes.DeleteOptions())

    await world.until(lambda: [pod.key[1] for pod in world.pods()] == ["second"] and world.places() == ["a"])


async def test_a_pod_of_another_scheduler_is_left_alone(world: World) -> None:
    world.machine("a")
    spec = template("x")["spec"]
    world.make(kinds.PODS, "theirs", {**spec, "schedulerName": "nobody"})
    world.make(kinds.PODS, "ours", spec)

    await world.until(lambda: world.places() == ["", "a"])

    assert "conditions" not in world.store.need(kinds.PODS, "default", "theirs").obj["status"]
