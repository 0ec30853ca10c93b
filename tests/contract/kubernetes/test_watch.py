"""Watches: what they tell first, what follows, and how they end."""

from __future__ import annotations

import time

from tests.contract.kubernetes.api import Api, Obj, answered
from tests.contract.kubernetes.backends import Backend
from tests.contract.kubernetes.objects import binding, pod
from tests.contract.kubernetes.workspace import Workspace

FUTURE = "900000000"


def config_map(name: str, **data: str) -> Obj:
    return {"metadata": {"name": name, "labels": {"colour": data.get("colour", "none")}}, "data": data}


def names(events: list[Obj]) -> list[tuple[str, str]]:
    return [(event["type"], event["object"]["metadata"]["name"]) for event in events]


def test_without_a_version_everything_is_told_and_then_the_stream(space: Workspace) -> None:
    space.api.make(space.config_maps, config_map("one"))
    with space.api.watch(space.config_maps, fieldSelector="metadata.name!=kube-root-ca.crt") as watch:
        watch.until(lambda event: event["type"] == "ADDED")
        space.api.make(space.config_maps, config_map("two"))
        assert names(watch.until(lambda event: True)) == [("ADDED", "two")]


def test_from_a_lists_version_only_what_follows_is_told(space: Workspace) -> None:
    space.api.make(space.pods, pod("before", schedulerName="nobody"))
    version = space.api.read(space.pods)["metadata"]["resourceVersion"]
    space.api.make(space.pods, pod("after", schedulerName="nobody"))

    with space.api.watch(space.pods, resourceVersion=version) as watch:
        events = watch.until(lambda event: True)

    assert names(events) == [("ADDED", "after")]
    assert events[0]["object"]["kind"] == "Pod"
    assert events[0]["object"]["apiVersion"] == "v1"


def test_one_version_runs_through_all_kinds(space: Workspace) -> None:
    first = space.api.make(space.pods, pod("one", schedulerName="nobody"))["metadata"]["resourceVersion"]
    second = space.api.make(space.config_maps, config_map("two"))["metadata"]["resourceVersion"]
    third = space.api.make(space.pods, pod("three", schedulerName="nobody"))["metadata"]["resourceVersion"]

    assert int(first) < int(second) < int(third)


def test_a_watch_ends_in_silence_when_its_time_is_up(space: Workspace) -> None:
    version = space.api.read(space.pods)["metadata"]["resourceVersion"]
    began = time.monotonic()

    with space.api.watch(space.pods, seconds=1, resourceVersion=version) as watch:
        assert watch.response.status_code == 200
        assert watch.rest() == []

    assert 0.5 < time.monotonic() - began < 30


def test_a_version_too_old_is_an_error_event_in_a_success(api: Api) -> None:
    with api.watch("/api/v1/pods", resourceVersion="1") as watch:
        assert watch.response.status_code == 200
        (event,) = watch.rest()

    status = event["object"]
    assert event["type"] == "ERROR"
    assert (status["kind"], status["code"], status["reason"]) == ("Status", 410, "Expired")
    assert status["message"].startswith("too old resource version: 1 (")


def test_a_version_of_the_future_is_silence(space: Workspace) -> None:
    with space.api.watch(space.pods, seconds=1, resourceVersion=FUTURE) as watch:
        assert watch.response.status_code == 200
        assert watch.rest() == []


def test_initial_events_end_with_a_bookmark(space: Workspace) -> None:
    for name in ("one", "two"):
        space.api.make(space.pods, pod(name, schedulerName="nobody"))

    with space.api.watch(
        space.pods, sendInitialEvents="true", resourceVersionMatch="NotOlderThan", allowWatchBookmarks="true"
    ) as watch:
        events = watch.until(lambda event: event["type"] == "BOOKMARK")

    bookmark = events.pop()["object"]
    assert names(events) == [("ADDED", "one"), ("ADDED", "two")]
    assert bookmark["kind"] == "Pod"
    assert bookmark["metadata"]["annotations"]["k8s.io/initial-events-end"] == "true"
    assert int(bookmark["metadata"]["resourceVersion"]) >= int(
        events[-1]["object"]["metadata"]["resourceVersion"]
    )


def test_initial_events_want_a_match(space: Workspace) -> None:
    response = space.api.get(space.pods, watch="1", sendInitialEvents="true")

    assert answered(response, 422)["reason"] == "Invalid"


def test_what_leaves_a_field_selectors_set_is_deleted_there(space: Workspace) -> None:
    space.api.make(space.pods, pod("waiting", schedulerName="nobody"))

    with space.api.watch(space.pods, fieldSelector="spec.nodeName=") as watch:
        watch.until(lambda event: event["type"] == "ADDED")
        answered(space.api.post(f"{space.pods}/waiting/binding", binding("waiting", "one")), 201)
        assert names(watch.until(lambda event: True)) == [("DELETED", "waiting")]


def test_what_enters_a_label_selectors_set_is_added_there(space: Workspace) -> None:
    version = space.api.make(space.config_maps, config_map("one", colour="red"))["metadata"][
        "resourceVersion"
    ]

    with space.api.watch(space.config_maps, labelSelector="colour=blue", resourceVersion=version) as watch:
        for colour in ("blue", "green"):
            change = {"metadata": {"labels": {"colour": colour}}}
            answered(space.api.patch(f"{space.config_maps}/one", change), 200)
        events = watch.until(lambda event: event["type"] == "DELETED")

    assert names(events) == [("ADDED", "one"), ("DELETED", "one")]


def test_a_deleted_objects_event_carries_the_deletions_version(space: Workspace) -> None:
    made = space.api.make(space.config_maps, config_map("one"))["metadata"]["resourceVersion"]
    answered(space.api.delete(f"{space.config_maps}/one"), 200)

    with space.api.watch(space.config_maps, resourceVersion=made) as watch:
        (event,) = watch.until(lambda event: event["type"] == "DELETED")

    assert int(event["object"]["metadata"]["resourceVersion"]) > int(made)


def test_one_object_can_be_watched(space: Workspace) -> None:
    for name in ("one", "two"):
        space.api.make(space.config_maps, config_map(name))

    with space.api.watch(space.config_maps, seconds=1, fieldSelector="metadata.name=two") as watch:
        assert names(watch.rest()) == [("ADDED", "two")]


def test_after_compaction_a_watch_from_now_still_works(cluster: Backend, space: Workspace) -> None:
    cluster.compact()
    version = space.api.read(space.config_maps)["metadata"]["resourceVersion"]
    space.api.make(space.config_maps, config_map("one"))

    with space.api.watch(space.config_maps, resourceVersion=version) as watch:
        assert ("ADDED", "one") in names(watch.until(lambda e: e["object"]["metadata"]["name"] == "one"))
