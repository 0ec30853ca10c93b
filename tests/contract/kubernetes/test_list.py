"""Lists: pages, versions, and tokens that no longer hold."""

from __future__ import annotations

import pytest

from tests.contract.kubernetes.api import Obj, answered
from tests.contract.kubernetes.backends import Backend
from tests.contract.kubernetes.objects import pod
from tests.contract.kubernetes.workspace import Workspace

NAMES = [f"p-{number}" for number in range(5)]


@pytest.fixture
def five(space: Workspace) -> Workspace:
    for name in NAMES:
        space.api.make(space.pods, pod(name, schedulerName="nobody"))
    return space


def names(page: Obj) -> list[str]:
    return [item["metadata"]["name"] for item in page["items"]]


def test_items_carry_no_kind(five: Workspace) -> None:
    page = five.api.read(five.pods)

    assert (page["kind"], page["apiVersion"]) == ("PodList", "v1")
    assert all("kind" not in item and "apiVersion" not in item for item in page["items"])


def test_pages_go_on_where_the_last_one_ended(five: Workspace) -> None:
    first = five.api.read(five.pods, limit="2")
    second = five.api.read(five.pods, limit="2", **{"continue": first["metadata"]["continue"]})
    third = five.api.read(five.pods, limit="2", **{"continue": second["metadata"]["continue"]})

    assert [*names(first), *names(second), *names(third)] == NAMES
    assert [page["metadata"].get("remainingItemCount") for page in (first, second, third)] == [3, 1, None]
    assert "continue" not in third["metadata"]


def test_all_pages_show_the_same_moment(five: Workspace) -> None:
    first = five.api.read(five.pods, limit="2")
    five.api.make(five.pods, pod("p-9", schedulerName="nobody"))
    answered(five.api.delete(f"{five.pods}/p-4", gracePeriodSeconds="0"), 200)

    rest = five.api.read(five.pods, **{"continue": first["metadata"]["continue"]})

    assert names(rest) == ["p-2", "p-3", "p-4"]
    assert rest["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]


def test_a_spoilt_token_is_a_bad_request(five: Workspace) -> None:
    response = five.api.get(five.pods, limit="2", **{"continue": "spoilt"})

    assert answered(response, 400)["reason"] == "BadRequest"


def test_an_expired_token_comes_with_one_for_the_rest(cluster: Backend, five: Workspace) -> None:
    token = five.api.read(five.pods, limit="2")["metadata"]["continue"]
    five.api.make(five.pods, pod("p-9", schedulerName="nobody"))
    cluster.compact()

    status = answered(five.api.get(five.pods, limit="2", **{"continue": token}), 410)
    rest = five.api.read(five.pods, **{"continue": status["metadata"]["continue"]})

    assert status["reason"] == "Expired"
    assert names(rest) == ["p-2", "p-3", "p-4", "p-9"]


def test_a_version_of_the_future_times_out_and_names_a_second(five: Workspace) -> None:
    response = five.api.get(five.pods, resourceVersion="900000000", resourceVersionMatch="NotOlderThan")

    status = answered(response, 504)
    assert status["reason"] == "Timeout"
    assert [cause["reason"] for cause in status["details"]["causes"]] == ["ResourceVersionTooLarge"]
    assert response.headers["Retry-After"] == "1"


def test_an_exact_version_shows_that_moment(five: Workspace) -> None:
    version = five.api.read(five.pods)["metadata"]["resourceVersion"]
    five.api.make(five.pods, pod("p-9", schedulerName="nobody"))

    page = five.api.read(five.pods, resourceVersion=version, resourceVersionMatch="Exact")

    assert names(page) == NAMES
    assert page["metadata"]["resourceVersion"] == version


def test_an_exact_version_that_is_compacted_is_gone(cluster: Backend, five: Workspace) -> None:
    version = five.api.read(five.pods)["metadata"]["resourceVersion"]
    five.api.make(five.pods, pod("p-9", schedulerName="nobody"))
    cluster.compact()

    response = five.api.get(five.pods, resourceVersion=version, resourceVersionMatch="Exact")

    assert answered(response, 410)["reason"] == "Expired"


def test_a_list_of_all_namespaces_holds_every_one(five: Workspace) -> None:
    page = five.api.read("/api/v1/pods")

    assert {(five.name, name) for name in NAMES} <= {
        (item["metadata"]["namespace"], item["metadata"]["name"]) for item in page["items"]
    }
