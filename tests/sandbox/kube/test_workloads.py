"""Deployments, StatefulSets and DaemonSets keep their pods."""

from deploy.sandbox.kube import facts, kinds, writes
from tests.sandbox.kube.world import World, template


def new_image(obj: kinds.Obj) -> None:
    obj["spec"]["template"]["spec"]["containers"][0]["image"] = "app:2"


def images(world: World, app: str) -> set[str]:
    return {pod.obj["spec"]["containers"][0]["image"] for pod in world.pods(app)}


async def test_a_deployment_has_its_replicas_ready_and_says_so(world: World) -> None:
    world.machine("a")
    world.workload(kinds.DEPLOYMENTS, "web", replicas=3)

    await world.until(lambda: world.ready("web") == 3)

    def status() -> dict[str, int]:
        return dict(world.store.need(kinds.DEPLOYMENTS, "default", "web").obj["status"])

    await world.until(lambda: status().get("availableReplicas") == 3)
    assert status()["observedGeneration"] == 1


async def test_a_rollout_never_goes_below_what_may_be_unavailable(world: World) -> None:
    world.machine("a")
    world.workload(kinds.DEPLOYMENTS, "web", replicas=4)
    await world.until(lambda: world.ready("web") == 4)
    probe = world.cluster.probes.start("default", "app=web")

    world.edit(kinds.DEPLOYMENTS, "web", new_image)

    await world.until(lambda: images(world, "web") == {"app:2"} and world.ready("web") == 4)
    assert probe.lowest == 3


async def test_scaling_down_keeps_the_oldest_ready_pods(world: World) -> None:
    world.machine("a")
    world.workload(kinds.DEPLOYMENTS, "web", replicas=2)
    await world.until(lambda: world.ready("web") == 2)
    old = {pod.uid for pod in world.pods("web")}
    world.edit(kinds.DEPLOYMENTS, "web", lambda obj: obj["spec"].update(replicas=4))
    await world.until(lambda: world.ready("web") == 4)

    world.edit(kinds.DEPLOYMENTS, "web", lambda obj: obj["spec"].update(replicas=2))

    await world.until(lambda: len(world.pods("web")) == 2)
    assert {pod.uid for pod in world.pods("web")} == old


async def test_deleting_a_deployment_takes_its_pods_along(world: World) -> None:
    world.machine("a")
    made = world.workload(kinds.DEPLOYMENTS, "web", replicas=2)
    await world.until(lambda: world.ready("web") == 2)

    writes.delete(world.store, world.store.need(kinds.DEPLOYMENTS, *made.key), writes.DeleteOptions())

    await world.until(lambda: not world.pods("web"))
    assert not world.store.all(kinds.REPLICASETS)


async def test_a_stateful_set_waits_for_each_pod_before_the_next(world: World) -> None:
    world.machine("a")
    world.cluster.knobs.stuck_pods = "apps.kubernetes.io/pod-index=1"
    world.workload(kinds.STATEFULSETS, "db", replicas=3, serviceName="db")

    await world.until(lambda: len(world.pods("db")) == 2 and world.ready("db") == 1)

    assert [pod.key[1] for pod in world.pods("db")] == ["db-0", "db-1"]


async def test_a_stateful_sets_pod_returns_under_its_name_only_when_it_is_gone(world: World) -> None:
    world.machine("a")
    world.workload(kinds.STATEFULSETS, "db", replicas=1, serviceName="db")
    await world.until(lambda: world.ready("db") == 1)
    first = world.pods("db")[0]

    writes.delete(world.store, first, writes.DeleteOptions())

    await world.until(lambda: world.ready("db") == 1 and world.pods("db")[0].uid != first.uid)
    assert [pod.key[1] for pod in world.pods("db")] == ["db-0"]


async def test_a_claim_is_attached_where_its_pod_runs_and_detached_after_it(world: World) -> None:
    world.machine("a")
    claim = {"metadata": {"name": "data"}, "spec": {"resources": {"requests": {"storage": "5Gi"}}}}
    world.workload(kinds.STATEFULSETS, "db", replicas=1, serviceName="db", volumeClaimTemplates=[claim])

    (attachment,) = await world.until(lambda: world.store.all(kinds.ATTACHMENTS))
    assert attachment.obj["spec"]["nodeName"] == "a"
    assert world.store.need(kinds.CLAIMS, "default", "data-db-0").obj["status"]["phase"] == "Bound"

    world.edit(kinds.STATEFULSETS, "db", lambda obj: obj["spec"].update(replicas=0))
    await world.until(lambda: not world.store.all(kinds.ATTACHMENTS))


async def test_a_pod_stays_in_the_zone_of_its_volume(world: World) -> None:
    world.machine("a", zone="us-east-1a")
    claim = {"metadata": {"name": "data"}, "spec": {"resources": {"requests": {"storage": "5Gi"}}}}
    world.workload(kinds.STATEFULSETS, "db", replicas=1, serviceName="db", volumeClaimTemplates=[claim])
    await world.until(lambda: world.ready("db") == 1 and world.store.all(kinds.VOLUMES))
    first = world.pods("db")[0]
    world.machine("b", zone="us-east-1b")
    world.edit(kinds.NODES, "a", lambda obj: obj["spec"].update(unschedulable=True))

    writes.delete(world.store, first, writes.DeleteOptions())

    def refused() -> bool:
        found = [facts.condition(pod.obj, "PodScheduled") or {} for pod in world.pods("db")]
        return any("1 node(s) had volume node affinity conflict" in one.get("message", "") for one in found)

    await world.until(refused)
    world.machine("c", zone="us-east-1a")
    await world.until(lambda: world.places("db") == ["c"])


async def test_a_daemon_set_has_one_pod_on_every_node_that_it_fits(world: World) -> None:
    world.machine("a", labels={"disk": "ssd"})
    world.machine("b")
    world.workload(kinds.DAEMONSETS, "agent", {"nodeSelector": {"disk": "ssd"}})
    await world.until(lambda: world.places("agent") == ["a"])

    world.machine("c", labels={"disk": "ssd"})

    await world.until(lambda: world.places("agent") == ["a", "c"])


async def test_a_taint_that_only_keeps_new_pods_away_leaves_daemons_alone(world: World) -> None:
    world.machine("a")
    world.workload(kinds.DAEMONSETS, "agent")
    await world.until(lambda: world.ready("agent") == 1)
    daemon = world.pods("agent")[0].uid
    taint = {"key": "leaving", "effect": "NoSchedule"}

    world.edit(kinds.NODES, "a", lambda obj: obj["spec"].update(taints=[taint]))

    def desired() -> int:
        status = world.store.need(kinds.DAEMONSETS, "default", "agent").obj["status"]
        return int(status["desiredNumberScheduled"])

    await world.until(lambda: desired() == 0)
    assert [pod.uid for pod in world.pods("agent")] == [daemon]
    assert not facts.is_ending(world.pods("agent")[0].obj)


async def test_an_ending_namespace_takes_everything_along(world: World) -> None:
    world.make(kinds.NAMESPACES, "gone", {})
    pod = {"metadata": {"name": "one", "namespace": "gone"}, "spec": template("x")["spec"]}
    writes.create(world.store, kinds.PODS, pod)

    writes.delete(world.store, world.store.need(kinds.NAMESPACES, "", "gone"), writes.DeleteOptions())

    await world.until(lambda: world.store.get(kinds.NAMESPACES, "", "gone") is None)
    assert not world.store.all(kinds.PODS, "gone")
