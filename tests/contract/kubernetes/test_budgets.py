"""The status of PodDisruptionBudgets, and what makes one invalid."""

from __future__ import annotations

import pytest

from tests.contract.kubernetes.api import answered, eventually
from tests.contract.kubernetes.objects import budget, condition, deployment
from tests.contract.kubernetes.workspace import Workspace


def test_a_budget_is_created_with_zeros_and_unobserved(space: Workspace) -> None:
    created = space.api.make(space.budgets, budget("guard", "web", minAvailable=1))

    assert created["status"] == {
        "disruptionsAllowed": 0,
        "currentHealthy": 0,
        "desiredHealthy": 0,
        "expectedPods": 0,
    }


@pytest.mark.usefixtures("controllers")
@pytest.mark.parametrize(
    ("least", "status", "reason"), [(1, "True", "SufficientPods"), (2, "False", "InsufficientPods")]
)
def test_the_controller_fills_the_status_in(space: Workspace, least: int, status: str, reason: str) -> None:
    node = space.node()
    for name in ("web-0", "web-1"):
        space.running(name, node)
    found = space.budget(minAvailable=least)
    found = space.settled(currentHealthy=2)

    allowed = condition(found, "DisruptionAllowed")
    assert (allowed["status"], allowed["reason"]) == (status, reason)
    assert found["status"]["expectedPods"] == 2
    assert found["status"]["desiredHealthy"] == least
    assert found["status"]["disruptionsAllowed"] == 2 - least


@pytest.mark.usefixtures("controllers")
def test_a_changed_budget_is_observed_again(space: Workspace) -> None:
    space.running("web-0", space.node())
    first = space.budget(minAvailable=1)
    answered(space.api.patch(f"{space.budgets}/guard", {"spec": {"minAvailable": 0}}), 200)

    second = space.settled(disruptionsAllowed=1)

    assert second["metadata"]["generation"] == first["metadata"]["generation"] + 1


@pytest.mark.usefixtures("controllers", "scheduler")
def test_a_terminating_pod_is_expected_but_not_healthy(space: Workspace) -> None:
    space.node()
    space.api.make(space.deployments, deployment("web", 3, **space.here))
    pods = eventually(lambda: _bound(space, 3))
    for name in pods:
        space.set_ready(name)
    space.budget(minAvailable=1)
    space.settled(currentHealthy=3, expectedPods=3)

    answered(space.evict(pods[0]), 201)

    found = space.settled(expectedPods=4)
    assert found["status"]["currentHealthy"] == 2


@pytest.mark.usefixtures("controllers", "scheduler")
def test_a_share_counts_the_replicas_that_the_owner_asks_for(space: Workspace) -> None:
    space.node()
    space.api.make(space.deployments, deployment("web", 3, **space.here))
    for name in eventually(lambda: _bound(space, 3)):
        space.set_ready(name)
    space.budget(minAvailable="50%")

    found = space.settled(currentHealthy=3)

    assert found["status"]["expectedPods"] == 3
    assert found["status"]["desiredHealthy"] == 2


def test_both_bounds_are_invalid(space: Workspace) -> None:
    response = space.api.post(space.budgets, budget("guard", "web", minAvailable=1, maxUnavailable=1))

    status = answered(response, 422)
    assert status["reason"] == "Invalid"
    assert [cause["field"] for cause in status["details"]["causes"]] == ["spec"]


def _bound(space: Workspace, number: int) -> list[str]:
    pods = [pod for pod in space.api.read(space.pods)["items"] if pod["spec"].get("nodeName")]
    return [pod["metadata"]["name"] for pod in pods] if len(pods) == number else []
