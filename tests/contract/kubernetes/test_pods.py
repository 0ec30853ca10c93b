"""A pod's life: scheduling, binding, replacement."""

from __future__ import annotations

import pytest

from tests.contract.kubernetes.api import Obj, answered, eventually
from tests.contract.kubernetes.objects import binding, condition, deployment, pod
from tests.contract.kubernetes.workspace import Workspace


@pytest.mark.usefixtures("controllers", "scheduler")
def test_an_evicted_pod_is_replaced_before_it_is_gone(space: Workspace) -> None:
    space.node()
    space.api.make(space.deployments, deployment("web", 1, **space.here))
    (first,) = eventually(lambda: _bound(space))
    version = space.api.read(space.pods)["metadata"]["resourceVersion"]

    with space.api.watch(space.pods, resourceVersion=version) as watch:
        answered(space.evict(first), 201)
        events = watch.until(lambda event: _is_replacement_bound(event, first))
        space.api.delete(f"{space.pods}/{first}", gracePeriodSeconds="0")
        events += watch.until(lambda event: event["type"] == "DELETED")

    seen = [(event["type"], event["object"]["metadata"]["name"] == first) for event in events]
    marked, ending = events[0]["object"], events[1]["object"]
    assert seen[:3] == [("MODIFIED", True), ("MODIFIED", True), ("ADDED", False)]
    assert condition(marked, "DisruptionTarget")["status"] == "True"
    assert "deletionTimestamp" not in marked["metadata"]
    assert ending["metadata"]["deletionTimestamp"]
    assert events[2]["object"]["status"]["phase"] == "Pending"
    assert seen[-1] == ("DELETED", True)


@pytest.mark.usefixtures("scheduler")
def test_a_pod_that_fits_nowhere_says_so(space: Workspace) -> None:
    space.node(cpu="1")
    space.api.make(space.pods, pod("big", cpu="64", **space.here))

    found: Obj = eventually(lambda: condition(space.pod("big"), "PodScheduled"))

    assert (found["status"], found["reason"]) == ("False", "Unschedulable")
    assert "nodes are available" in found["message"]
    assert "Insufficient cpu" in found["message"]
    assert found["observedGeneration"] == 1
    assert "nominatedNodeName" not in space.pod("big")["status"]


@pytest.mark.usefixtures("scheduler")
def test_a_pod_that_fits_nowhere_leaves_a_warning(space: Workspace) -> None:
    space.api.make(space.pods, pod("big", nodeSelector={"test": "none-such"}))
    events = f"/api/v1/namespaces/{space.name}/events"

    def warning() -> Obj | None:
        found = space.api.read(events, fieldSelector="involvedObject.name=big")["items"]
        return next((event for event in found if event["reason"] == "FailedScheduling"), None)

    found: Obj = eventually(warning)

    source = found.get("reportingComponent") or found["source"]["component"]
    assert (found["type"], source) == ("Warning", "default-scheduler")


@pytest.mark.usefixtures("controllers", "scheduler")
def test_a_new_node_gives_a_waiting_pod_its_place(space: Workspace) -> None:
    space.api.make(space.pods, pod("early", **space.here))
    eventually(lambda: condition(space.pod("early"), "PodScheduled").get("status") == "False")

    node = space.node()

    eventually(lambda: space.pod("early")["spec"].get("nodeName") == node, within=20)


def test_binding_sets_node_and_condition(space: Workspace) -> None:
    node = space.node(ready=False)
    space.api.make(space.pods, pod("mine", schedulerName="nobody"))

    answered(space.api.post(f"{space.pods}/mine/binding", binding("mine", node)), 201)

    bound = space.pod("mine")
    assert bound["spec"]["nodeName"] == node
    assert condition(bound, "PodScheduled")["status"] == "True"


def test_binding_to_a_node_that_does_not_exist_is_accepted(space: Workspace) -> None:
    space.api.make(space.pods, pod("mine", schedulerName="nobody"))

    answered(space.api.post(f"{space.pods}/mine/binding", binding("mine", "none-such")), 201)

    assert space.pod("mine")["spec"]["nodeName"] == "none-such"


def test_binding_a_second_time_is_a_conflict(space: Workspace) -> None:
    space.api.make(space.pods, pod("mine", schedulerName="nobody"))
    answered(space.api.post(f"{space.pods}/mine/binding", binding("mine", "one")), 201)

    status = answered(space.api.post(f"{space.pods}/mine/binding", binding("mine", "two")), 409)

    assert status["reason"] == "Conflict"
    assert 'is already assigned to node "one"' in status["message"]


def test_binding_with_a_wrong_uid_is_a_conflict(space: Workspace) -> None:
    space.api.make(space.pods, pod("mine", schedulerName="nobody"))
    body = binding("mine", "one", uid="11111111-2222-3333-4444-555555555555")

    assert answered(space.api.post(f"{space.pods}/mine/binding", body), 409)["reason"] == "Conflict"
    assert "nodeName" not in space.pod("mine")["spec"]


def test_binding_a_pod_that_is_not_there(space: Workspace) -> None:
    response = space.api.post(f"{space.pods}/nobody/binding", binding("nobody", "one"))

    assert answered(response, 404)["reason"] == "NotFound"


def _bound(space: Workspace) -> list[str]:
    pods = space.api.read(space.pods)["items"]
    return [one["metadata"]["name"] for one in pods if one["spec"].get("nodeName")]


def _is_replacement_bound(event: Obj, first: str) -> bool:
    return event["object"]["metadata"]["name"] != first and "nodeName" in event["object"]["spec"]
