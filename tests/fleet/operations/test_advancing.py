"""Each item is brought to its result, whatever happens to the workers on the way."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.fleet.models import Ended, OperationItem, Wait
from apps.fleet.services.operations import advance_due, close_finished
from apps.fleet.services.operations.advancing import MOST_BREAKS, advance_item
from apps.fleet.services.operations.claiming import LEASE, claim_due
from apps.fleet.statuses import ItemState, OperationStatus

from .conftest import PARALLEL, change_plan, let_time_pass, run, states

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """What a SIGKILL is to the code under test: nothing after it runs."""


def test_an_item_takes_its_steps_in_a_row_and_remembers_what_they_learned(start, rehearsal) -> None:
    operation = start("three steps")
    advance_due()
    item = operation.items.get()
    assert [step for _, step in rehearsal.taken] == ["", "2", "3"]
    assert (item.state, item.detail) == (ItemState.DONE, "The third step")
    assert item.memory["saw_1"] and item.memory["saw_2"]


@pytest.mark.parametrize(
    ("plans", "status"),
    [
        (["done", "done"], OperationStatus.SUCCEEDED),
        (["done", "skipped"], OperationStatus.SUCCEEDED),
        (["done", "failed"], OperationStatus.PARTIALLY_FAILED),
        (["skipped", "failed"], OperationStatus.PARTIALLY_FAILED),
        (["failed", "refused"], OperationStatus.FAILED),
        (["done", "cancelled"], OperationStatus.CANCELLED),
        ([], OperationStatus.SUCCEEDED),
    ],
)
def test_how_it_ends_follows_from_how_its_items_did(start, rehearsal, plans, status) -> None:
    operation = start(*plans)
    assert operation.status == OperationStatus.QUEUED
    advance_due()
    close_finished()
    operation.refresh_from_db()
    assert operation.status == status
    assert operation.started_at <= operation.finished_at
    assert operation.result == {"steps": len(plans)}
    assert rehearsal.finished == [operation]


def test_it_runs_from_its_first_item_on(start) -> None:
    operation = start("waits", "done")
    advance_due()
    operation.refresh_from_db()
    assert operation.status == OperationStatus.RUNNING
    assert operation.started_at is not None and operation.finished_at is None
    assert states(operation) == ["running", "done"]


def test_items_are_begun_in_their_order_and_no_more_at_once_than_the_kind_allows(start, rehearsal) -> None:
    operation = start(*["waits"] * (PARALLEL + 5))
    for _ in range(5):
        let_time_pass(operation)
        advance_due(50)
    assert states(operation) == ["running"] * PARALLEL + ["waiting"] * 5
    change_plan(operation, "done")
    let_time_pass(operation)
    advance_due(50)
    assert states(operation) == ["done"] * PARALLEL + ["waiting"] * 5


def test_two_operations_do_not_wait_for_each_other(start) -> None:
    first, second = start(*["waits"] * PARALLEL * 2), start(*["done"] * 3)
    advance_due(100)
    assert states(first).count("running") == PARALLEL
    assert states(second) == ["done"] * 3


def test_what_does_not_answer_is_asked_again_and_again_and_the_item_says_why(start, rehearsal) -> None:
    operation = start("throttled", "done")
    for _ in range(MOST_BREAKS + 2):
        let_time_pass(operation)
        advance_due()
    item = operation.items.get(position=0)
    assert (item.state, item.breaks) == (ItemState.RUNNING, 0)
    assert item.detail.startswith("AWS throttles RunInstances in account prod.")
    change_plan(operation, "done")
    assert run(operation).status == OperationStatus.SUCCEEDED


def test_the_longer_it_does_not_answer_the_less_often_it_is_asked(start) -> None:
    operation = start("throttled")
    advance_due()
    assert waits_for(operation.items.get()) <= timedelta(seconds=3)
    OperationItem.objects.update(entered_at=timezone.now() - timedelta(seconds=40))
    let_time_pass(operation)
    advance_due()
    assert waits_for(operation.items.get()) > timedelta(seconds=15)
    OperationItem.objects.update(entered_at=timezone.now() - timedelta(hours=3))
    let_time_pass(operation)
    advance_due()
    assert waits_for(operation.items.get()) <= timedelta(seconds=30)


def waits_for(item: OperationItem) -> timedelta:
    return item.look_again_at - timezone.now()


def test_a_refusal_fails_its_item_with_the_sentence_and_no_other(start) -> None:
    operation = run(start("refused", "done"))
    assert operation.status == OperationStatus.PARTIALLY_FAILED
    failed = operation.items.get(state=ItemState.FAILED)
    assert failed.detail.startswith("Auto Scaling group workers is at its minimum of 3. Lower its minimum")


def test_a_step_that_breaks_is_reported_tried_again_and_given_up_in_the_end(start, rehearsal) -> None:
    operation = start("breaks", "done")
    for tried in range(1, MOST_BREAKS + 1):
        assert operation.items.get(position=0).state != ItemState.FAILED
        let_time_pass(operation)
        with pytest.raises(ExceptionGroup) as broke:
            advance_due()
        assert broke.group_contains(ZeroDivisionError)
        assert rehearsal.count("item 0") == tried
    assert states(operation) == ["failed", "done"]
    operation.refresh_from_db()
    assert operation.status == OperationStatus.PARTIALLY_FAILED
    assert "the platform's log says what" in operation.items.get(position=0).detail


def test_a_step_that_works_forgives_those_that_broke(start) -> None:
    operation = start("breaks")
    for plan in ["breaks"] * (MOST_BREAKS - 1) + ["waits"] + ["breaks"] * (MOST_BREAKS - 1):
        change_plan(operation, plan)
        let_time_pass(operation)
        try:
            advance_due()
        except ExceptionGroup:
            assert plan == "breaks"
    assert operation.items.get().state == ItemState.RUNNING


def test_of_two_workers_at_one_item_the_later_stores_nothing(start, rehearsal) -> None:
    operation = start("done", "waits")
    (mine, _), (theirs, _) = operation.items.all(), operation.items.all()
    advance_item(mine)
    stored = operation.items.get(position=0)
    advance_item(theirs)
    again = operation.items.get(position=0)
    assert rehearsal.count("item 0") == 2
    assert (
        (again.revision, again.finished_at) == (stored.revision, stored.finished_at) == (1, mine.finished_at)
    )


def test_a_late_word_of_an_overtaken_worker_changes_nothing(start) -> None:
    item = start("waits").items.get()
    overtaken = OperationItem.objects.get(pk=item.pk)
    assert item.record(Wait(timedelta(), "first"), now=timezone.now())
    assert not overtaken.record(Ended(ItemState.FAILED, "late"), now=timezone.now())
    assert OperationItem.objects.get(pk=item.pk).detail == "first"


def test_a_worker_that_dies_before_it_stores_loses_nothing(start, rehearsal, monkeypatch) -> None:
    operation = start("three steps", "done")
    record, deaths = OperationItem.record, []

    def die_once_a_revision(self: OperationItem, *args: object, **options: object) -> bool:
        if (self.pk, self.revision) not in deaths:
            deaths.append((self.pk, self.revision))
            raise Killed
        return record(self, *args, **options)

    monkeypatch.setattr(OperationItem, "record", die_once_a_revision)
    for _ in range(20):
        let_time_pass(operation)
        try:
            advance_due()
        except Killed:
            continue
    operation.refresh_from_db()
    assert len(deaths) == 4
    assert operation.status == OperationStatus.SUCCEEDED
    assert states(operation) == ["done", "done"]


def test_items_of_a_dead_worker_come_round_again_after_the_lease(start) -> None:
    operation = start("done")
    (pk,) = claim_due(5)
    assert claim_due(5) == []
    held = OperationItem.objects.get(pk=pk)
    assert timedelta(seconds=50) < waits_for(held) <= LEASE
    let_time_pass(operation)
    assert claim_due(5) == [pk]


def test_a_worker_that_dies_before_the_operation_ends_leaves_the_end_to_the_sweep(
    start, rehearsal, monkeypatch
) -> None:
    operation = start("done")

    def die(operation_id: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("apps.fleet.services.operations.advancing.close_if_done", die)
        with pytest.raises(Killed):
            advance_due()
    operation.refresh_from_db()
    assert operation.status == OperationStatus.RUNNING
    close_finished()
    close_finished()
    operation.refresh_from_db()
    assert operation.status == OperationStatus.SUCCEEDED
    assert len(rehearsal.finished) == 1
