"""Batch work is visible: how far, what failed and why, stopped or tried again, whoever looks and whenever."""

import uuid

import pytest
from django.utils import timezone

from apps.fleet.models import Operation
from apps.fleet.pages.batch_view import bar
from apps.fleet.selectors.operations import Tally
from apps.fleet.statuses import ItemState, OperationStatus
from tests.factories import (
    AdminFactory,
    ClientUserFactory,
    ClusterFactory,
    LabFactory,
    OperationFactory,
    OperationItemFactory,
    SwitchFactory,
)


@pytest.fixture
def person(db):
    return ClientUserFactory()


@pytest.fixture
def operation(person):
    made = OperationFactory(
        cluster=ClusterFactory(account__client=person.client, name="prod"),
        requested_by=AdminFactory(name="Ada Lovelace"),
        status=OperationStatus.RUNNING,
        started_at=timezone.now(),
    )
    for position, state in enumerate(("done", "running", "failed", "waiting")):
        OperationItemFactory(
            operation=made,
            position=position,
            group="Our nodes" if position else "Moves",
            name=f"item {state}",
            state=state,
            detail=f"It is {state} because.",
            finished_at=timezone.now() if ItemState(state).is_final else None,
        )
    return made


def page_of(operation, tail: str = "") -> str:
    return f"/clients/{operation.client_id}/operations/{operation.pk}{tail}"


@pytest.mark.requirement("10.15")
def test_the_page_says_what_it_is_who_asked_and_how_far_it_is(browser_of, person, operation) -> None:
    page = browser_of(person).get(page_of(operation))
    text = page.content.decode()
    for words in ("Give prod back", "Ada Lovelace", "Running", "1 done, 1 failed, 2 left", "50\xa0%"):
        assert words in text
    groups = [(group.tally.name, group.words) for group in page.context["batch"].groups]
    assert groups == [("Moves", "1 done"), ("Our nodes", "0 done, 1 failed, 2 left")]


@pytest.mark.requirement("10.17")
def test_what_failed_is_first_with_its_reason_and_can_be_tried_again(browser_of, person, operation) -> None:
    browser = browser_of(person)
    page = browser.get(page_of(operation))
    assert [item.row.name for item in page.context["items"]] == [
        "item failed",
        "item running",
        "item done",
        "item waiting",
    ]
    assert "It is failed because." in page.content.decode()
    answer = browser.post(page_of(operation, "/retry"), follow=True)
    assert operation.items.get(name="item failed").state == ItemState.WAITING
    assert "Retry" not in answer.content.decode()


def test_items_are_shown_by_state_and_in_pages(browser_of, person, operation) -> None:
    OperationItemFactory.create_batch(60, operation=operation, group="Our nodes")
    browser = browser_of(person)
    page = browser.get(page_of(operation, "?state=failed"))
    assert [item.row.name for item in page.context["items"]] == ["item failed"]
    second = browser.get(page_of(operation, "?page=2"))
    assert len(second.context["items"]) == 14
    assert browser.get(page_of(operation, "?state=nonsense&page=nonsense")).status_code == 200


@pytest.mark.requirement("10.16")
def test_it_is_cancelled_after_a_word_of_what_that_means(browser_of, person, operation) -> None:
    browser = browser_of(person)
    text = browser.get(page_of(operation)).content.decode()
    assert "1 is never begun" in text
    answer = browser.post(page_of(operation, "/cancel"), follow=True).content.decode()
    operation.refresh_from_db()
    assert operation.cancelled_at is not None
    assert "what is under way goes on to where it can be left" in answer
    assert "Cancel the operation" not in answer


def test_what_cannot_be_done_is_said(browser_of, person, operation) -> None:
    Operation.objects.filter(pk=operation.pk).update(
        finished_at=timezone.now(), status=OperationStatus.SUCCEEDED
    )
    answer = browser_of(person).post(page_of(operation, "/cancel"), follow=True)
    assert [str(message) for message in answer.context["messages"]] == [
        "Give prod back: this has ended already, or was cancelled. Ask for a new one."
    ]


@pytest.mark.parametrize("tail", ["", "/body", "/cancel", "/retry"])
def test_another_tenants_is_not_found(browser_of, operation, tail) -> None:
    verb = "post" if tail in ("/cancel", "/retry") else "get"
    stranger = ClientUserFactory()
    ask = getattr(browser_of(stranger), verb)
    theirs = page_of(operation, tail)
    assert ask(theirs).status_code == 404
    assert ask(theirs.replace(str(operation.client_id), str(stranger.client_id))).status_code == 404
    assert ask(theirs.replace(str(operation.pk), str(uuid.uuid4()))).status_code == 404
    assert getattr(browser_of(LabFactory()), verb)(theirs).status_code == 403


def test_an_admin_sees_any_tenants(operator, operation) -> None:
    assert operator.get(page_of(operation)).status_code == 200
    assert operator.get(page_of(operation, "/body")).status_code == 200


def test_the_list_has_the_newest_first_and_nobody_elses(browser_of, person, operation) -> None:
    OperationFactory()
    ended = OperationFactory(
        cluster=ClusterFactory(account=operation.cluster.account),
        status=OperationStatus.PARTIALLY_FAILED,
        finished_at=timezone.now(),
    )
    page = browser_of(person).get(f"/clients/{person.client_id}/operations")
    assert [batch.its.operation for batch in page.context["operations"]] == [ended, operation]
    text = page.content.decode()
    assert "1 operation under way." in text
    assert "Partly failed" in text


def test_an_empty_list_says_so(browser_of, person) -> None:
    text = browser_of(person).get(f"/clients/{person.client_id}/operations").content.decode()
    assert "Nothing has been asked for yet" in text


def test_queries_do_not_grow_with_items_or_operations(
    browser_of, person, operation, django_assert_max_num_queries
) -> None:
    OperationItemFactory.create_batch(40, operation=operation)
    for _ in range(5):
        cluster = ClusterFactory(account=operation.cluster.account)
        OperationItemFactory(operation=OperationFactory(cluster=cluster))
    browser = browser_of(person)
    with django_assert_max_num_queries(14):
        browser.get(page_of(operation))
    with django_assert_max_num_queries(14):
        browser.get(f"/clients/{person.client_id}/operations")
    with django_assert_max_num_queries(7):
        browser.get(page_of(operation, "/body"))


@pytest.mark.requirement("10.15")
def test_the_header_shows_it_wherever_one_is(browser_of, operator, person, operation) -> None:
    status = browser_of(person).get(f"/clients/{person.client_id}/status").content.decode()
    assert "Give prod back" in status and page_of(operation) in status and "2/4" in status
    assert "Give prod back" in operator.get("/operations/status").content.decode()
    assert "Give prod back" not in browser_of(ClientUserFactory()).get("/account").content.decode()


def test_the_header_counts_several_beside_the_switches(browser_of, person, operation) -> None:
    SwitchFactory(cluster=operation.cluster)
    OperationItemFactory(
        operation=OperationFactory(cluster=ClusterFactory(account=operation.cluster.account))
    )
    status = browser_of(person).get(f"/clients/{person.client_id}/status").content.decode()
    assert "2 operations" in status and "2/5" in status
    assert "1 switch, 0 done" in status


def test_a_bars_segments_lie_side_by_side_and_leave_room_for_what_is_left() -> None:
    its = bar(Tally({"done": 2, "failed": 1, "waiting": 1}))
    assert [(segment.tone, segment.start, segment.width) for segment in its.segments] == [
        ("ok", 0, 50),
        ("critical", 50, 25),
    ]
    assert its.words == "2 done, 1 failed, 1 left"
    assert bar(Tally({})).segments == []
