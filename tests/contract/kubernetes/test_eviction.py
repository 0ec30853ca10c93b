"""The eviction subresource: what it allows, what it refuses, and how."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.kubernetes.api import Api, Obj, answered, eventually
from tests.contract.kubernetes.objects import budget, cause, condition, eviction, pod
from tests.contract.kubernetes.workspace import Workspace

pytestmark = pytest.mark.usefixtures("controllers")


def three_pods(space: Workspace, *, ready: int = 3) -> str:
    """Three running pods of app `web` on one node, so many of them ready; returns the node."""
    node = space.node()
    for number in range(3):
        space.running(f"web-{number}", node, ready=number < ready)
    return node


@pytest.mark.parametrize("version", ["policy/v1", "policy/v1beta1"])
def test_an_allowed_eviction_marks_the_pod_and_takes_from_the_budget(space: Workspace, version: str) -> None:
    three_pods(space)
    space.budget(minAvailable=2)
    space.settled(disruptionsAllowed=1)

    status = answered(space.evict("web-0", eviction("web-0", version=version)), 201)

    allowed_left = space.api.read(f"{space.budgets}/guard")["status"]["disruptionsAllowed"]
    evicted = space.pod("web-0")
    target = condition(evicted, "DisruptionTarget")
    assert (status["kind"], status["status"]) == ("Status", "Success")
    assert allowed_left == 0
    assert evicted["metadata"]["deletionTimestamp"]
    assert (target["status"], target["reason"]) == ("True", "EvictionByEvictionAPI")


def test_a_dry_run_is_allowed_and_changes_nothing(space: Workspace) -> None:
    three_pods(space)
    space.budget(minAvailable=2)
    before = space.settled(disruptionsAllowed=1)

    body = eviction("web-0", deleteOptions={"dryRun": ["All"]})

    answered(space.evict("web-0", body), 201)
    assert "deletionTimestamp" not in space.pod("web-0")["metadata"]
    assert space.api.read(f"{space.budgets}/guard")["status"] == before["status"]


def test_a_used_up_budget_refuses_with_its_numbers_and_no_time(space: Workspace) -> None:
    three_pods(space, ready=2)
    space.budget(minAvailable=2)
    space.settled(currentHealthy=2)

    response = space.evict("web-0")

    status = answered(response, 429)
    assert status["reason"] == "TooManyRequests"
    assert cause(status) == {
        "reason": "DisruptionBudget",
        "message": "The disruption budget guard needs 2 healthy pods and has 2 currently",
    }
    assert "Retry-After" not in response.headers


def test_a_budget_not_yet_processed_refuses_and_names_ten_seconds(space: Workspace) -> None:
    three_pods(space)

    def refused_as_stale() -> list[Any]:
        # The controller is fast: the budget is changed and the pod evicted until both meet.
        space.api.delete(f"{space.budgets}/fresh")
        space.api.make(space.budgets, budget("fresh", "web", maxUnavailable=0))
        response = space.evict("web-0")
        return [response] if "Retry-After" in response.headers else []

    (response,) = eventually(refused_as_stale)

    status = answered(response, 429)
    assert response.headers["Retry-After"] == "10"
    assert status["details"]["retryAfterSeconds"] == 10
    assert cause(status)["message"] == "The disruption budget fresh is still being processed by the server."


def test_a_pod_that_is_already_terminating_may_go(space: Workspace) -> None:
    three_pods(space)
    space.budget(maxUnavailable=0)
    answered(space.api.delete(f"{space.pods}/web-0"), 200)

    answered(space.evict("web-0"), 201)


def test_a_pending_pod_may_go_whatever_the_budget_says(space: Workspace) -> None:
    space.api.make(space.pods, pod("nowhere", labels={"app": "web"}, nodeSelector={"test": "none-such"}))
    space.budget(minAvailable=5)

    answered(space.evict("nowhere"), 201)


def test_a_pod_that_is_not_ready_may_go_while_the_budget_is_met(space: Workspace) -> None:
    three_pods(space, ready=2)
    space.budget(minAvailable=2)
    space.settled(currentHealthy=2)

    answered(space.evict("web-2"), 201)


def test_a_pod_that_is_not_ready_stays_while_the_budget_is_not_met(space: Workspace) -> None:
    three_pods(space, ready=1)
    space.budget(minAvailable=2)
    space.settled(currentHealthy=1)

    answered(space.evict("web-2"), 429)


def test_always_allow_lets_a_pod_that_is_not_ready_go(space: Workspace) -> None:
    three_pods(space, ready=1)
    space.budget(minAvailable=2, unhealthyPodEvictionPolicy="AlwaysAllow")
    space.settled(currentHealthy=1)

    answered(space.evict("web-2"), 201)


def test_two_budgets_for_one_pod_are_an_error_of_the_server(space: Workspace) -> None:
    three_pods(space)
    space.budget("one", minAvailable=1)
    space.budget("two", minAvailable=1)

    status = answered(space.evict("web-0"), 500)

    assert "reason" not in status
    assert status["message"] == (
        "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
    )


def test_no_such_pod(space: Workspace) -> None:
    assert answered(space.evict("nobody"), 404)["reason"] == "NotFound"


def test_another_name_in_the_body(space: Workspace) -> None:
    three_pods(space)

    assert answered(space.evict("web-0", eviction("web-1")), 400)["reason"] == "BadRequest"


def test_a_wrong_uid_is_a_conflict_and_nothing_is_evicted(space: Workspace) -> None:
    three_pods(space)
    body = eviction("web-0", deleteOptions={"preconditions": {"uid": "11111111-2222-3333-4444-555555555555"}})

    status = answered(space.evict("web-0", body), 409)

    assert status["reason"] == "Conflict"
    assert "deletionTimestamp" not in space.pod("web-0")["metadata"]


def test_the_right_uid_is_none(space: Workspace, api: Api) -> None:
    three_pods(space)
    uid = space.pod("web-0")["metadata"]["uid"]
    body: Obj = eviction("web-0", deleteOptions={"preconditions": {"uid": uid}})

    answered(space.evict("web-0", body), 201)
