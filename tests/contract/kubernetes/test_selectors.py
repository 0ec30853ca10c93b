"""Field and label selectors."""

from __future__ import annotations

import pytest

from tests.contract.kubernetes.api import Api, answered
from tests.contract.kubernetes.objects import pod
from tests.contract.kubernetes.workspace import NODES, Workspace


@pytest.fixture
def pair(space: Workspace) -> Workspace:
    """Two pods that differ in everything that can be selected by."""
    space.api.make(
        space.pods,
        pod(
            "one",
            schedulerName="nobody",
            nodeName=space.name,
            restartPolicy="Never",
            serviceAccountName="robot",
        ),
    )
    space.api.make(space.pods, pod("two", schedulerName="other", hostNetwork=True))
    space.set_ready("one")
    address = {"status": {"podIP": "10.1.2.3", "podIPs": [{"ip": "10.1.2.3"}]}}
    answered(space.api.patch(f"{space.pods}/one/status", address), 200)
    return space


def chosen(space: Workspace, selector: str) -> list[str]:
    return [item["metadata"]["name"] for item in space.api.read(space.pods, fieldSelector=selector)["items"]]


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("metadata.name=one", ["one"]),
        ("metadata.name==one", ["one"]),
        ("metadata.name!=one", ["two"]),
        ("spec.nodeName=", ["two"]),
        ("spec.nodeName!=", ["one"]),
        ("spec.restartPolicy=Never", ["one"]),
        ("spec.schedulerName=other", ["two"]),
        ("spec.serviceAccountName=robot", ["one"]),
        ("spec.hostNetwork=true", ["two"]),
        ("status.phase=Running", ["one"]),
        ("status.phase!=Running,spec.hostNetwork=true", ["two"]),
        ("status.podIP=10.1.2.3", ["one"]),
        ("status.nominatedNodeName=", ["one", "two"]),
        ("metadata.name=one,status.phase=Pending", []),
    ],
)
def test_pods_are_selected_by_field(pair: Workspace, selector: str, names: list[str]) -> None:
    assert chosen(pair, selector) == names


def test_pods_are_selected_by_namespace_in_a_list_of_all(pair: Workspace) -> None:
    page = pair.api.read("/api/v1/pods", fieldSelector=f"metadata.namespace={pair.name}")

    assert [item["metadata"]["name"] for item in page["items"]] == ["one", "two"]


def test_nodes_are_selected_by_name_and_cordon(space: Workspace) -> None:
    first, second = space.node("a", ready=False), space.node("b", ready=False)
    answered(space.api.patch(f"{NODES}/{second}", {"spec": {"unschedulable": True}}), 200)

    def of_ours(selector: str) -> list[str]:
        page = space.api.read(NODES, fieldSelector=selector, labelSelector=f"test={space.name}")
        return [item["metadata"]["name"] for item in page["items"]]

    assert of_ours(f"metadata.name={first}") == [first]
    assert of_ours("spec.unschedulable=true") == [second]
    assert of_ours("spec.unschedulable=false") == [first]


@pytest.mark.parametrize(("path", "label"), [("/api/v1/pods", "spec.priority"), (NODES, "spec.providerID")])
def test_any_other_field_is_a_bad_request(api: Api, path: str, label: str) -> None:
    status = answered(api.get(path, fieldSelector=f"{label}=1"), 400)

    assert status["reason"] == "BadRequest"
    assert f"field label not supported: {label}" in status["message"]


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("tier=web", ["a", "b"]),
        ("tier==web", ["a", "b"]),
        ("tier!=web", ["c", "d"]),
        ("tier in (web,db)", ["a", "b", "c"]),
        ("tier notin (web, db)", ["d"]),
        ("size", ["a", "b"]),
        ("!size", ["c", "d"]),
        ("size>2", ["b"]),
        ("size<2", ["a"]),
        ("tier=web,size>0", ["a", "b"]),
        ("tier in (web),!size", []),
    ],
)
def test_objects_are_selected_by_label(space: Workspace, selector: str, names: list[str]) -> None:
    labels = {
        "a": {"tier": "web", "size": "1"},
        "b": {"tier": "web", "size": "3"},
        "c": {"tier": "db"},
        "d": {},
    }
    for name, own in labels.items():
        space.api.make(space.config_maps, {"metadata": {"name": name, "labels": own}})

    page = space.api.read(
        space.config_maps, labelSelector=selector, fieldSelector="metadata.name!=kube-root-ca.crt"
    )

    assert [item["metadata"]["name"] for item in page["items"]] == names


def test_a_label_selector_that_cannot_be_read_is_a_bad_request(api: Api) -> None:
    assert answered(api.get("/api/v1/pods", labelSelector="a in b"), 400)["reason"] == "BadRequest"
