"""Creating, changing and deleting: patch types, conflicts, validation."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.kubernetes.api import APPLY, JSON, JSON_PATCH, MERGE, STRATEGIC, Obj, answered
from tests.contract.kubernetes.objects import condition, deployment, pod
from tests.contract.kubernetes.workspace import NODES, Workspace


@pytest.fixture
def card(space: Workspace) -> str:
    """The path of a ConfigMap."""
    space.api.make(space.config_maps, {"metadata": {"name": "card"}, "data": {"a": "1", "b": "2"}})
    return f"{space.config_maps}/card"


def test_a_merge_patch_changes_adds_and_removes(space: Workspace, card: str) -> None:
    found = answered(space.api.patch(card, {"data": {"a": None, "b": "3", "c": "4"}}, MERGE), 200)

    assert found["data"] == {"b": "3", "c": "4"}


def test_a_json_patch_does_its_operations_in_turn(space: Workspace, card: str) -> None:
    operations = [
        {"op": "test", "path": "/data/a", "value": "1"},
        {"op": "replace", "path": "/data/a", "value": "9"},
        {"op": "remove", "path": "/data/b"},
    ]

    found = answered(space.api.patch(card, operations, JSON_PATCH), 200)

    assert found["data"] == {"a": "9"}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/data/missing"},
        {"op": "replace", "path": "/spec/missing", "value": 1},
        {"op": "test", "path": "/data/a", "value": "other"},
    ],
)
def test_a_json_patch_that_does_not_fit_is_unprocessable(space: Workspace, card: str, operation: Obj) -> None:
    response = space.api.patch(card, [operation], JSON_PATCH)

    assert answered(response, 422)["reason"] == "Invalid"
    assert space.api.read(card)["data"] == {"a": "1", "b": "2"}


def test_a_strategic_patch_merges_conditions_by_type_and_replaces_taints(space: Workspace) -> None:
    node = space.node()
    one = {"type": "Odd", "status": "True", "reason": "r", "message": ""}
    answered(space.api.patch(f"{NODES}/{node}/status", {"status": {"conditions": [one]}}, STRATEGIC), 200)
    for key in ("first", "second"):
        taints = {"spec": {"taints": [{"key": key, "effect": "PreferNoSchedule"}]}}
        found = answered(space.api.patch(f"{NODES}/{node}", taints, STRATEGIC), 200)

    assert condition(found, "Odd")["status"] == "True"
    assert condition(found, "Ready")["status"] == "True"
    assert [taint["key"] for taint in found["spec"]["taints"]] == ["second"]


def test_a_strategic_patch_removes_a_label_by_null(space: Workspace, card: str) -> None:
    answered(space.api.patch(card, {"metadata": {"labels": {"x": "1", "y": "2"}}}, STRATEGIC), 200)

    found = answered(space.api.patch(card, {"metadata": {"labels": {"x": None}}}, STRATEGIC), 200)

    assert found["metadata"]["labels"] == {"y": "2"}


def test_a_patch_of_plain_json_is_an_unsupported_media_type(space: Workspace, card: str) -> None:
    assert answered(space.api.patch(card, {"data": {}}, JSON), 415)["reason"] == "UnsupportedMediaType"


def test_a_put_with_an_old_version_is_a_conflict(space: Workspace, card: str) -> None:
    old = space.api.read(card)
    answered(space.api.patch(card, {"data": {"a": "5"}}), 200)

    status = answered(space.api.put(card, old), 409)

    assert status["reason"] == "Conflict"
    assert "the object has been modified" in status["message"]
    assert space.api.read(card)["data"]["a"] == "5"


def test_a_put_with_the_present_version_replaces(space: Workspace, card: str) -> None:
    present = space.api.read(card)

    found = answered(space.api.put(card, {**present, "data": {"z": "1"}}), 200)

    assert found["data"] == {"z": "1"}
    assert found["metadata"]["uid"] == present["metadata"]["uid"]
    assert int(found["metadata"]["resourceVersion"]) > int(present["metadata"]["resourceVersion"])


def test_a_merge_patch_with_an_old_version_is_a_conflict(space: Workspace, card: str) -> None:
    old = space.api.read(card)["metadata"]["resourceVersion"]
    answered(space.api.patch(card, {"data": {"a": "5"}}), 200)

    response = space.api.patch(card, {"metadata": {"resourceVersion": old}, "data": {"a": "6"}})

    assert answered(response, 409)["reason"] == "Conflict"


def test_a_patch_that_changes_nothing_takes_no_version(space: Workspace, card: str) -> None:
    before = space.api.read(card)["metadata"]["resourceVersion"]

    assert answered(space.api.patch(card, {"data": {"a": "1"}}), 200)["metadata"]["resourceVersion"] == before


def test_a_name_can_be_taken_once(space: Workspace, card: str) -> None:
    status = answered(space.api.post(space.config_maps, {"metadata": {"name": "card"}}), 409)

    assert status["reason"] == "AlreadyExists"
    assert status["details"] == {"name": "card", "kind": "configmaps"}


def test_an_unknown_field_is_refused_when_validation_is_strict(space: Workspace) -> None:
    response = space.api.post(space.pods, pod("one", colour="red"), fieldValidation="Strict")

    status = answered(response, 400)
    assert status["reason"] == "BadRequest"
    assert 'unknown field "spec.colour"' in status["message"]


def test_an_unknown_field_is_dropped_with_a_warning_otherwise(space: Workspace) -> None:
    response = space.api.post(space.pods, pod("one", schedulerName="nobody", colour="red"))

    assert "colour" not in answered(response, 201)["spec"]
    assert 'unknown field \\"spec.colour\\"' in response.headers["Warning"]


def test_a_body_that_is_not_json_is_a_bad_request(space: Workspace) -> None:
    assert answered(space.api.request("POST", space.pods, "{nothing"), 400)["reason"] == "BadRequest"


@pytest.mark.parametrize("name", ["Upper", "under_score", "-dash", "a" * 254])
def test_a_bad_name_is_invalid(space: Workspace, name: str) -> None:
    status = answered(space.api.post(space.pods, pod(name)), 422)

    assert status["reason"] == "Invalid"
    assert "metadata.name" in {cause["field"] for cause in status["details"]["causes"]}


def test_a_pod_without_containers_is_invalid(space: Workspace) -> None:
    status = answered(
        space.api.post(space.pods, {"metadata": {"name": "one"}, "spec": {"containers": []}}), 422
    )

    assert [cause["field"] for cause in status["details"]["causes"]] == ["spec.containers"]


def test_a_dry_run_answers_and_stores_nothing(space: Workspace) -> None:
    created = answered(space.api.post(space.pods, pod("one"), dryRun="All"), 201)

    assert created["metadata"]["name"] == "one"
    assert space.api.get(f"{space.pods}/one").status_code == 404


def test_a_generated_name_begins_as_asked(space: Workspace) -> None:
    made = space.api.make(space.config_maps, {"metadata": {"generateName": "auto-"}})

    assert made["metadata"]["name"].startswith("auto-")
    assert len(made["metadata"]["name"]) == len("auto-") + 5


def apply(space: Workspace, data: dict[str, str], **query: Any) -> Any:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "applied"}, "data": data}
    return space.api.patch(f"{space.config_maps}/applied", body, APPLY, **query)


def test_apply_creates_and_then_changes(space: Workspace) -> None:
    answered(apply(space, {"a": "1", "b": "1"}, fieldManager="us"), 201)

    found = answered(apply(space, {"a": "2"}, fieldManager="us"), 200)

    assert found["data"] == {"a": "2"}
    assert [entry["manager"] for entry in found["metadata"]["managedFields"]] == ["us"]


def test_apply_over_somebody_elses_field_is_a_conflict_unless_forced(space: Workspace) -> None:
    answered(apply(space, {"a": "1"}, fieldManager="us"), 201)

    status = answered(apply(space, {"a": "2"}, fieldManager="them"), 409)
    forced = answered(apply(space, {"a": "2"}, fieldManager="them", force="true"), 200)

    assert [cause["reason"] for cause in status["details"]["causes"]] == ["FieldManagerConflict"]
    assert forced["data"] == {"a": "2"}


def test_apply_wants_a_field_manager(space: Workspace) -> None:
    status = answered(apply(space, {"a": "1"}), 422)

    assert "fieldManager" in status["message"]


def test_deleting_answers_with_a_status_that_names_the_object(space: Workspace, card: str) -> None:
    uid = space.api.read(card)["metadata"]["uid"]

    status = answered(space.api.delete(card), 200)

    assert (status["kind"], status["status"]) == ("Status", "Success")
    assert status["details"] == {"name": "card", "kind": "configmaps", "uid": uid}
    assert space.api.get(card).status_code == 404


def test_a_bound_pod_is_given_its_grace(space: Workspace) -> None:
    space.running("web-0", space.node(ready=False))

    found = answered(space.api.delete(f"{space.pods}/web-0"), 200)

    assert found["kind"] == "Pod"
    assert found["metadata"]["deletionGracePeriodSeconds"] == 30
    assert space.pod("web-0")["metadata"]["deletionTimestamp"]
    answered(space.api.delete(f"{space.pods}/web-0", gracePeriodSeconds="0"), 200)
    assert space.api.get(f"{space.pods}/web-0").status_code == 404


def test_finalizers_hold_an_object_until_they_are_gone(space: Workspace) -> None:
    space.api.make(space.config_maps, {"metadata": {"name": "held", "finalizers": ["example.com/hold"]}})
    path = f"{space.config_maps}/held"
    answered(space.api.delete(path), 200)
    assert space.api.read(path)["metadata"]["deletionTimestamp"]

    answered(space.api.patch(path, {"metadata": {"finalizers": None}}), 200)

    assert space.api.get(path).status_code == 404


def test_status_is_written_only_through_its_own_path(space: Workspace) -> None:
    space.running("web-0", space.name)

    found = answered(space.api.patch(f"{space.pods}/web-0", {"status": {"phase": "Failed"}}), 200)

    assert found["status"]["phase"] == "Running"


@pytest.mark.usefixtures("controllers")
def test_scale_changes_the_replicas(space: Workspace) -> None:
    space.api.make(space.deployments, deployment("web", 1, **space.here))

    scale = answered(space.api.patch(f"{space.deployments}/web/scale", {"spec": {"replicas": 2}}), 200)

    assert (scale["kind"], scale["spec"]["replicas"]) == ("Scale", 2)
    assert space.api.read(f"{space.deployments}/web")["spec"]["replicas"] == 2
