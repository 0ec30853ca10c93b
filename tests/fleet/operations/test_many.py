"""Thousands of items, several workers: each item once, never too many at once, few queries."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from apps.fleet.models import Operation
from apps.fleet.selectors.operations import failures_first, progress
from apps.fleet.services.operations import advance_due, close_finished, due
from apps.fleet.services.operations.claiming import claim_due
from apps.fleet.statuses import OperationStatus

from .conftest import PARALLEL, run, states


@pytest.mark.django_db
def test_a_thousand_items_begin_and_end_with_few_queries(start, rehearsal) -> None:
    with CaptureQueriesContext(connection) as starting:
        operation = start(*["done"] * 1000)
    assert len(starting) < 25, "among them those of the factories"
    with CaptureQueriesContext(connection) as sweeping:
        close_finished()
        assert due() == PARALLEL
    assert len(sweeping) == 2
    with CaptureQueriesContext(connection) as working:
        run(operation)
    assert operation.status == OperationStatus.SUCCEEDED
    assert sorted(rehearsal.taken) == sorted((f"item {n}", "") for n in range(1000))
    # Of an item: its record and the look whether it was the last; the rest is shared by those of one claim.
    assert len(working) < 1000 * 4


@pytest.mark.django_db
@pytest.mark.parametrize("items", [20, 2000])
def test_a_claim_costs_the_same_however_many_items_wait(start, items) -> None:
    start(*["waits"] * items)
    advance_due()
    with CaptureQueriesContext(connection) as claiming:
        assert len(claim_due(2)) == 2
    assert len(claiming) == 5, [query["sql"] for query in claiming]


@pytest.mark.django_db
def test_idle_sweeps_ask_twice(django_assert_num_queries) -> None:
    with django_assert_num_queries(2):
        close_finished()
        assert due() == 0


@pytest.mark.django_db
def test_progress_of_many_operations_is_one_query(start, django_assert_num_queries) -> None:
    many = [start("done", "failed", "waits", group="nodes") for _ in range(5)]
    advance_due(100)
    with django_assert_num_queries(1):
        found = progress(many)
    assert {pk: tally.counters() for pk, tally in found.items()} == {
        operation.pk: {
            **(counts := {"total": 3, "done": 1, "skipped": 0, "failed": 1, "cancelled": 0}),
            **(now := {"running": 1, "waiting": 0}),
            "progress_pct": 66.6,
            "groups": [{"key": "nodes", "name": "nodes", **counts, **now}],
        }
        for operation in many
    }


@pytest.mark.django_db
def test_progress_is_whole_only_at_the_end(start) -> None:
    operation = start(*["done"] * PARALLEL, "waits")
    advance_due(100)
    advance_due(100)
    assert progress([operation])[operation.pk].progress_pct < 100


@pytest.mark.django_db
def test_failures_are_shown_first(start) -> None:
    operation = start("done", "waits", "failed", "skipped")
    advance_due()
    shown = failures_first(operation.items.all()).values_list("state", flat=True)
    assert list(shown) == ["failed", "running", "skipped", "done"]


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_take_different_items_and_no_more_than_allowed(start) -> None:
    operation = start(*["waits"] * PARALLEL * 3)

    def claim(_: int) -> Any:
        try:
            return claim_due(3)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as workers:
        claimed = [pk for ids in workers.map(claim, range(18)) for pk in ids]
    assert len(claimed) == len(set(claimed))
    assert len(claimed) <= PARALLEL
    claim_due(PARALLEL)
    assert states(operation).count("running") == PARALLEL


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_bring_an_operation_to_one_end(start, rehearsal) -> None:
    operation = start(*["done"] * 60, *["failed"] * 3)

    def work(_: int) -> None:
        try:
            while advance_due(2):
                pass
        finally:
            connections.close_all()

    while Operation.objects.filter(pk=operation.pk, finished_at=None).exists():
        with ThreadPoolExecutor(6) as workers:
            list(workers.map(work, range(6)))
        close_finished()
    operation.refresh_from_db()
    assert operation.status == OperationStatus.PARTIALLY_FAILED
    assert len(rehearsal.finished) == 1
    assert len(rehearsal.taken) == len(set(rehearsal.taken)) == 63
