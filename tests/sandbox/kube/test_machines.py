"""Machines that join, die and go."""

from deploy.sandbox.kube import facts, kinds
from deploy.sandbox.kube.eviction import evict
from deploy.sandbox.kube.kinds import Obj
from tests.sandbox.kube.world import World


def node(world: World, name: str) -> Obj:
    return world.store.need(kinds.NODES, "", name).obj


def taints(world: World, name: str) -> set[str]:
    found = node(world, name)["spec"].get("taints") or []
    return {f"{taint['key'].removeprefix('node.kubernetes.io/')}:{taint['effect']}" for taint in found}


async def test_a_machine_leaves_room_for_its_own_needs(world: World) -> None:
    world.machine("a", instance_id="i-1", lifecycle="spot", labels={"team": "x"})

    status, labels = node(world, "a")["status"], node(world, "a")["metadata"]["labels"]
    assert status["capacity"] == {
        "cpu": "2",
        "memory": "8388608Ki",
        "pods": "29",
        "ephemeral-storage": "83873772Ki",
    }
    assert status["allocatable"]["cpu"] == "1930m"
    assert node(world, "a")["spec"]["providerID"] == "aws:///us-east-1a/i-1"
    assert (labels["eks.amazonaws.com/capacityType"], labels["team"]) == ("SPOT", "x")


async def test_a_dead_machine_is_noticed_and_its_pods_are_not_ready(world: World) -> None:
    world.machine("a")
    world.machine("b")
    world.workload(kinds.DEPLOYMENTS, "web", replicas=2)
    await world.until(lambda: world.ready("web") == 2)

    world.cluster.controllers.kubelets.die("a")

    await world.until(lambda: taints(world, "a") == {"unreachable:NoSchedule", "unreachable:NoExecute"})
    assert (facts.condition(node(world, "a"), "Ready") or {})["reason"] == "NodeStatusUnknown"
    assert world.ready("web") == 1
    assert taints(world, "b") == set()


async def test_while_every_node_is_out_no_pod_is_driven_away(world: World) -> None:
    world.machine("a")
    await world.until(lambda: taints(world, "a") == set())

    world.cluster.controllers.kubelets.die("a")

    await world.until(lambda: taints(world, "a") == {"unreachable:NoSchedule"})


async def test_a_removed_nodes_pods_are_replaced_elsewhere(world: World) -> None:
    world.machine("a")
    world.workload(kinds.DEPLOYMENTS, "web", replicas=2)
    await world.until(lambda: world.ready("web") == 2)
    world.machine("b")
    world.cluster.controllers.kubelets.die("a")

    world.store.remove(world.store.need(kinds.NODES, "", "a"))

    await world.until(lambda: world.places("web") == ["b", "b"] and world.ready("web") == 2)


async def test_no_execute_drives_out_what_does_not_tolerate_it(world: World) -> None:
    world.machine("a")
    tolerant = {"tolerations": [{"key": "out", "operator": "Exists"}]}
    world.workload(kinds.DEPLOYMENTS, "stays", tolerant, replicas=1)
    world.workload(kinds.DEPLOYMENTS, "goes", replicas=1)
    await world.until(lambda: world.ready() == 2)
    stays = world.pods("stays")[0].uid

    taint = {"key": "out", "effect": "NoExecute"}
    world.edit(kinds.NODES, "a", lambda obj: obj["spec"].update(taints=[taint]))

    await world.until(lambda: world.places("goes") == [""])
    assert [pod.uid for pod in world.pods("stays")] == [stays]


async def test_the_lowest_number_of_ready_pods_is_remembered(world: World) -> None:
    world.machine("a")
    world.workload(kinds.DEPLOYMENTS, "web", replicas=2)
    await world.until(lambda: world.ready("web") == 2)
    probe = world.cluster.probes.start("default", "app=web")

    evict(world.store, "default", world.pods("web")[0].key[1], {})
    await world.until(lambda: world.ready("web") == 2)

    assert (probe.lowest, probe.ready) == (1, 2)
    assert world.cluster.probes.start("default", "app=web").lowest == 2
