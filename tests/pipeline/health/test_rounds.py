"""The loop: one checks, another takes over, and it tells of an outage afterwards."""

import threading

import pytest
from django.db import OperationalError
from django.utils import timezone

from apps.pipeline.health import rounds
from apps.pipeline.health.rounds import LOCK, Rounds
from apps.pipeline.models import Component, Heartbeat
from apps.pipeline.statuses import ComponentKey
from tests.world.tenant import eventually


@pytest.fixture
def loop(transactional_db, fresh_cache, monkeypatch):
    """The loop in a thread of this process, its rounds short."""
    monkeypatch.setattr(rounds, "EVERY_SECONDS", 0.1)
    monkeypatch.setattr(rounds, "SETTLE_SECONDS", 0.0)
    ending = threading.Event()
    thread = threading.Thread(target=Rounds(ending).run)
    thread.start()
    yield
    ending.set()
    thread.join()


@pytest.mark.requirement("4.1")
def test_checks_all_ten_again_and_again(loop):
    eventually("all ten are there", lambda: Component.objects.count() == 10)
    seen = timezone.now()
    eventually("they are checked again", lambda: not Component.objects.filter(checked_at__lt=seen).exists())


def test_stands_by_while_another_checks_and_takes_over(another_worker, request):
    with another_worker(LOCK):
        request.getfixturevalue("loop")
        eventually("it stands by", lambda: Heartbeat.objects.filter(kind="health").exists())
        assert not Component.objects.exists()
    eventually("it has taken over", lambda: Component.objects.exists())


def test_a_database_that_did_not_answer_is_told_of_afterwards(loop, monkeypatch):
    eventually("it checks", lambda: Component.objects.exists())
    record, lost = rounds.record_round, []

    def lose_the_database(*arguments):
        if not lost:
            lost.append(True)
            raise OperationalError("the connection is lost")
        record(*arguments)

    monkeypatch.setattr(rounds, "record_round", lose_the_database)
    database = Component.objects.get(key=ComponentKey.DATABASE)
    eventually("it says so", lambda: database.events.filter(text__startswith="Did not answer from").exists())
    eventually(
        "and has recovered", lambda: Component.objects.get(key=ComponentKey.DATABASE).status == "healthy"
    )
