"""What a person may do about an operation, and what the trail says of it."""

import pytest

from apps.accounts.models import AuditEvent
from apps.fleet.errors import KeyUsedOtherwise, NothingToRetry, OperationEnded, OperationUnderWay
from apps.fleet.models import Operation
from apps.fleet.services.operations import (
    NewItem,
    add_items,
    advance_due,
    cancel_operation,
    retry_failed,
    start_operation,
)
from apps.fleet.services.operations.advancing import advance_item
from apps.fleet.statuses import ItemState, OperationKind, OperationStatus
from tests.factories import AdminFactory, ClusterFactory

from .conftest import PARALLEL, change_plan, let_time_pass, run, states

pytestmark = pytest.mark.django_db


def give_back(cluster, by, key: str = "") -> Operation:
    return start_operation(
        OperationKind.GIVE_BACK,
        title=f"Give {cluster.name} back",
        client=cluster.client,
        cluster=cluster,
        items=[NewItem("one")],
        by=by,
        key=key,
    )


def test_the_same_key_of_the_same_person_gives_the_same_operation(start) -> None:
    by, cluster = AdminFactory(), ClusterFactory()
    first = start("waits", by=by, cluster=cluster, key="k")
    assert start("waits", by=by, cluster=cluster, key="k") == first
    assert start("waits", cluster=cluster, key="k") != first
    assert start("waits", by=by, cluster=cluster) != first
    assert first.items.count() == 1
    assert AuditEvent.objects.filter(what="operation_started", who=by).count() == 2


def test_a_key_is_not_used_for_two_requests(start) -> None:
    by = AdminFactory()
    start("waits", by=by, key="k")
    with pytest.raises(KeyUsedOtherwise, match="k is that of another request: Rehearse"):
        start("waits", by=by, key="k")


def test_a_cluster_is_given_back_once_at_a_time() -> None:
    by, cluster = AdminFactory(), ClusterFactory()
    running = give_back(cluster, by)
    with pytest.raises(OperationUnderWay, match=f"Give {cluster.name} back") as refusal:
        give_back(cluster, by)
    assert refusal.value.details["id"] == running.pk
    assert give_back(ClusterFactory(), by) != running


def test_an_operation_grows_while_it_runs_and_has_a_target_once(start) -> None:
    operation = start("waits")
    more = [NewItem("more", target="t-9"), NewItem("known", target="t-0")]
    assert add_items(operation, more) == 1
    assert add_items(operation, more) == 0
    assert list(operation.items.values_list("name", "position")) == [("item 0", 0), ("more", 1)]


def test_an_operation_that_is_over_does_not_grow(start) -> None:
    ended, cancelled = run(start("done")), start("waits")
    with pytest.raises(OperationEnded):
        add_items(ended, [NewItem("more")])
    advance_due()
    cancel_operation(cancelled, by=AdminFactory())
    assert add_items(cancelled, [NewItem("more")]) == 0


@pytest.mark.requirement("10.16")
def test_a_cancel_begins_nothing_more_and_lets_what_is_under_way_end(start, rehearsal) -> None:
    operation = start(*["waits"] * (PARALLEL + 3))
    advance_due(50)
    by = AdminFactory()
    operation = cancel_operation(operation, by=by)
    assert operation.status == OperationStatus.RUNNING
    assert states(operation) == ["running"] * PARALLEL + ["cancelled"] * 3
    change_plan(operation, "done")
    assert advance_due(50) == PARALLEL, "those under way look at once"
    operation.refresh_from_db()
    assert operation.status == OperationStatus.CANCELLED
    assert rehearsal.count(f"item {PARALLEL}") == 0
    assert AuditEvent.objects.get(what="operation_cancelled").after == {"never_begun": 3}


def test_items_at_a_safe_point_stop_there(start, rehearsal) -> None:
    operation = start("waits", step="untouched")
    advance_due()
    cancel_operation(operation, by=AdminFactory())
    advance_due()
    operation.refresh_from_db()
    assert (operation.status, states(operation)) == (OperationStatus.CANCELLED, ["cancelled"])
    assert rehearsal.count("item 0") == 1


def test_a_cancel_before_the_first_item_ends_it_at_once_and_twice_is_once(start) -> None:
    operation, by = start("waits", "waits"), AdminFactory()
    assert cancel_operation(operation, by=by).status == OperationStatus.CANCELLED
    with pytest.raises(OperationEnded):
        cancel_operation(operation, by=by)
    running = start("waits")
    advance_due()
    asked = cancel_operation(running, by=by).cancelled_at
    assert cancel_operation(running, by=by).cancelled_at == asked
    assert AuditEvent.objects.filter(what="operation_cancelled").count() == 2


def test_a_cancelled_operation_does_not_wait_for_what_does_not_answer(start) -> None:
    operation = start("throttled")
    advance_due()
    cancel_operation(operation, by=AdminFactory())
    advance_due()
    assert states(operation) == ["failed"]


def test_a_cancel_that_comes_too_late_to_stop_anything_says_how_it_ended(start) -> None:
    operation = start("waits")
    advance_due()
    cancel_operation(operation, by=AdminFactory())
    change_plan(operation, "done")
    assert run(operation).status == OperationStatus.SUCCEEDED


@pytest.mark.requirement("10.17")
def test_what_failed_is_tried_again_from_where_it_failed(start, rehearsal) -> None:
    operation = run(start("failed", "done", step="half way"))
    change_plan(operation, "done")
    retry_failed(operation, by=AdminFactory())
    operation.refresh_from_db()
    item = operation.items.get(position=0)
    assert (operation.status, operation.finished_at, operation.result) == (
        OperationStatus.RUNNING,
        None,
        None,
    )
    assert (item.state, item.step, item.entered_at) == (ItemState.WAITING, "half way", None)
    assert run(operation).status == OperationStatus.SUCCEEDED
    assert (rehearsal.count("item 0"), rehearsal.count("item 1")) == (2, 1)
    assert len(rehearsal.finished) == 2
    assert AuditEvent.objects.get(what="operation_retried").after == {"items": 1}


def test_a_worker_of_the_attempt_that_failed_stores_nothing_in_the_next(start) -> None:
    operation = start("failed")
    old = operation.items.get()
    run(operation)
    retry_failed(operation, by=AdminFactory())
    advance_item(old)
    assert operation.items.get().state == ItemState.WAITING


def test_nothing_is_tried_again_where_nothing_failed_or_it_was_cancelled(start) -> None:
    by = AdminFactory()
    with pytest.raises(NothingToRetry):
        retry_failed(run(start("done")), by=by)
    operation = start("failed", "waits")
    advance_due()
    cancel_operation(operation, by=by)
    with pytest.raises(OperationEnded):
        retry_failed(operation, by=by)


def test_no_retry_while_another_of_its_kind_runs() -> None:
    by, cluster = AdminFactory(), ClusterFactory()
    first = give_back(cluster, by)
    first.items.update(state=ItemState.FAILED, finished_at=first.created_at)
    Operation.objects.filter(pk=first.pk).update(finished_at=first.created_at, status=OperationStatus.FAILED)
    give_back(cluster, by)
    with pytest.raises(OperationUnderWay):
        retry_failed(first, by=by)
    assert states(first) == ["failed"]


def test_the_trail_has_its_beginning_and_its_end(start) -> None:
    operation = run(start("done", "failed"))
    began = AuditEvent.objects.get(what="operation_started")
    ended = AuditEvent.objects.get(what="operation_ended")
    assert began.client == ended.client == operation.client
    assert began.after == {"kind": "rehearsal", "items": 2}
    assert ended.after == {"status": "partially_failed", "done": 1, "failed": 1}


def test_retrying_while_the_others_still_run(start) -> None:
    operation = start("failed", "waits")
    advance_due()
    change_plan(operation, "done")
    retry_failed(operation, by=AdminFactory())
    let_time_pass(operation)
    assert run(operation).status == OperationStatus.SUCCEEDED
