"""Operations as Celery runs them: one sweep brings everything that is due to its end."""

import pytest

from apps.fleet.statuses import OperationStatus
from apps.fleet.tasks.operations import CHUNK, sweep_operations
from celery_app import app

from .conftest import PARALLEL, states

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks run where they are sent from."""
    monkeypatch.setitem(app.conf, "task_always_eager", True)
    monkeypatch.setitem(app.conf, "task_eager_propagates", True)


def test_workers_go_on_until_nothing_is_due(at_once, start) -> None:
    quick, slow = start(*["done"] * PARALLEL * 3), start("waits", "done")
    sweep_operations()
    quick.refresh_from_db()
    slow.refresh_from_db()
    assert (quick.status, slow.status) == (OperationStatus.SUCCEEDED, OperationStatus.RUNNING)
    assert states(slow) == ["running", "done"]


def test_a_sweep_calls_no_more_workers_than_there_is_work_for(start, monkeypatch) -> None:
    called = []
    monkeypatch.setattr("apps.fleet.tasks.operations.advance_operations.delay", lambda: called.append(1))
    sweep_operations()
    assert called == []
    start(*["done"] * (CHUNK + 1))
    sweep_operations()
    assert len(called) == 2


def test_a_sweep_ends_what_had_no_items(at_once, start) -> None:
    empty = start()
    sweep_operations()
    empty.refresh_from_db()
    assert empty.status == OperationStatus.SUCCEEDED
