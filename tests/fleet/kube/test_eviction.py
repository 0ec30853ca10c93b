from dataclasses import replace

from apps.fleet.kube.port import Answer, EvictionAnswer, Kube, SeenPod

from .standin import TestCluster
from .workloads import budget, deployment, pod, wait_until


def ready_pods(cluster: TestCluster, kube: Kube, *, replicas: int) -> list[SeenPod]:
    """The ready pods of a deployment called web on a node of its own."""
    name = cluster.node()
    deployment(cluster, "web", replicas=replicas, node=name)
    wait_until(lambda: sum(one.ready for one in kube.pods_on(name)) == replicas)
    return kube.pods_on(name)


def test_a_free_pod_is_evicted_and_leaves(cluster: TestCluster, kube: Kube) -> None:
    name = cluster.node()
    pod(cluster, "lonely", node=name)
    wait_until(lambda: [one.phase for one in kube.pods_on(name)] == ["Running"])
    [seen] = kube.pods_on(name)

    assert kube.evict(seen).answer is Answer.EVICTED
    wait_until(lambda: kube.pods_on(name) == [])


def test_a_pod_that_is_gone_is_gone(cluster: TestCluster, kube: Kube) -> None:
    [seen] = ready_pods(cluster, kube, replicas=1)

    assert kube.evict(replace(seen, name="never-was")).answer is Answer.GONE


def test_another_pod_of_the_same_name_is_never_evicted(cluster: TestCluster, kube: Kube) -> None:
    [seen] = ready_pods(cluster, kube, replicas=1)

    answer = kube.evict(replace(seen, uid="an-older-one"))

    assert answer.answer is Answer.GONE
    assert not kube.pods_on(seen.node_name)[0].terminating


def test_a_used_up_budget_refuses_and_says_what_it_needs(cluster: TestCluster, kube: Kube) -> None:
    first, second = ready_pods(cluster, kube, replicas=2)
    budget(cluster, "web", min_available=2)
    wait_until(lambda: kube.budgets(["default"])[0].current_healthy == 2)

    answer = kube.evict(first)

    assert answer.answer is Answer.BUDGET
    assert answer.message == "The disruption budget web needs 2 healthy pods and has 2 currently"
    assert kube.evict(second).answer is Answer.BUDGET


def test_a_budget_gives_as_many_as_it_allows(cluster: TestCluster, kube: Kube) -> None:
    first, second = ready_pods(cluster, kube, replicas=2)
    budget(cluster, "web", min_available=1)
    wait_until(lambda: kube.budgets(["default"])[0].allowed == 1)

    assert [kube.evict(one).answer for one in (first, second)] == [Answer.EVICTED, Answer.BUDGET]


def test_a_budget_not_yet_computed_says_when_to_ask_again(cluster: TestCluster, kube: Kube) -> None:
    [seen] = ready_pods(cluster, kube, replicas=1)
    budget(cluster, "web", min_available=1)
    path = "/apis/policy/v1/namespaces/default/poddisruptionbudgets/web/status"

    def ask_between_change_and_controller() -> EvictionAnswer:
        cluster.patch(path, {"status": {"observedGeneration": 0}})
        return kube.evict(seen)

    wait_until(lambda: ask_between_change_and_controller().answer is Answer.NOT_YET)

    # The controller may be quicker once more; then the budget itself refuses.
    answer = ask_between_change_and_controller()
    assert answer.answer in (Answer.NOT_YET, Answer.BUDGET)
    assert (answer.retry_after_seconds == 10) is (answer.answer is Answer.NOT_YET)


def test_a_pod_under_two_budgets_is_called_misconfigured(cluster: TestCluster, kube: Kube) -> None:
    [seen] = ready_pods(cluster, kube, replicas=1)
    budget(cluster, "web", min_available=0)
    budget(cluster, "again", min_available=0, app="web")

    answer = kube.evict(seen)

    assert answer.answer is Answer.MISCONFIGURED
    assert "more than one PodDisruptionBudget" in answer.message
    assert not kube.pods_on(seen.node_name)[0].terminating


def test_evicting_twice_is_once(cluster: TestCluster, kube: Kube) -> None:
    [seen] = ready_pods(cluster, kube, replicas=1)

    first, second = kube.evict(seen), kube.evict(seen)

    assert first.answer is Answer.EVICTED
    assert second.answer in (Answer.EVICTED, Answer.GONE)
