"""A switch changes only by the table of moves, and only for the worker that saw its latest revision."""

from datetime import timedelta
from itertools import product

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.fleet.errors import IllegalTransition
from apps.fleet.models import Done, Go, LookAgain, Switch
from apps.fleet.services.switching import claim_due, hasten_switch
from apps.fleet.statuses import DisruptionKind, SwitchState
from tests.factories import SwitchFactory

pytestmark = pytest.mark.django_db

MOVES = [(before, after, after in before.follows) for before, after in product(SwitchState, SwitchState)]


@pytest.mark.parametrize(("before", "after", "allowed"), MOVES)
def test_only_the_moves_of_the_table_are_taken(
    before: SwitchState, after: SwitchState, allowed: bool
) -> None:
    switch = SwitchFactory(state=before)
    if allowed:
        assert switch.record(Go(after, "on"), now=timezone.now())
        assert Switch.objects.get(pk=switch.pk).state == after
    else:
        with pytest.raises(IllegalTransition, match=f"from {before} to {after}"):
            switch.record(Go(after, "on"), now=timezone.now())
        assert Switch.objects.get(pk=switch.pk).state == before


def test_every_state_can_be_reached_and_has_an_end() -> None:
    ends = {state for state in SwitchState if state.is_final} | {SwitchState.COMPLETE}
    for start in SwitchState:
        seen, todo = {start}, [start]
        while todo:
            for state in todo.pop().follows - seen:
                seen.add(state)
                todo.append(state)
        assert seen & ends
        if start is SwitchState.SUGGESTED:
            assert seen == set(SwitchState)


def test_of_two_workers_with_the_same_revision_one_writes() -> None:
    first = SwitchFactory(state=SwitchState.PREPARING)
    second = Switch.objects.get(pk=first.pk)
    assert first.record(LookAgain(timedelta(seconds=5), "first"), now=timezone.now())
    assert not second.record(Go(SwitchState.SWITCHING, "second"), now=timezone.now())
    stored = Switch.objects.get(pk=first.pk)
    assert (stored.state, stored.detail) == (SwitchState.PREPARING, "first")
    assert stored.steps.filter(state=SwitchState.SWITCHING).count() == 0


def test_an_end_closes_the_row() -> None:
    switch = SwitchFactory(state=SwitchState.COMPLETE)
    switch.record(Done("gone"), now=timezone.now())
    stored = Switch.objects.get(pk=switch.pk)
    assert stored.finished_at is not None
    assert stored.look_again_at is None


def test_the_database_refuses_a_second_open_switch_of_an_instance() -> None:
    switch = SwitchFactory()
    with pytest.raises(IntegrityError, match="one_open_switch_per_instance"), transaction.atomic():
        SwitchFactory(old_instance=switch.old_instance, cluster=switch.cluster)
    Switch.objects.filter(pk=switch.pk).update(finished_at=timezone.now())
    SwitchFactory(old_instance=switch.old_instance, cluster=switch.cluster)


def test_a_claim_leases_what_is_due_the_longest_waiting_first() -> None:
    now = timezone.now()
    late = SwitchFactory(look_again_at=now - timedelta(minutes=2))
    early = SwitchFactory(look_again_at=now - timedelta(minutes=9))
    SwitchFactory(look_again_at=now + timedelta(minutes=1))
    SwitchFactory(look_again_at=now - timedelta(minutes=9), finished_at=now)
    assert claim_due(10) == [early.pk, late.pk]
    assert claim_due(10) == []


def test_a_claimed_switch_of_a_dead_worker_is_due_again_after_its_lease() -> None:
    switch = SwitchFactory(look_again_at=timezone.now() - timedelta(seconds=1))
    claim_due(10)
    leased_until = Switch.objects.get(pk=switch.pk).look_again_at
    assert timedelta(seconds=20) < leased_until - timezone.now() <= timedelta(seconds=30)


def test_an_interruption_hastens_an_open_switch_and_leaves_a_finished_one() -> None:
    deadline = timezone.now() + timedelta(minutes=2)
    open_switch, finished = SwitchFactory(), SwitchFactory(finished_at=timezone.now())
    assert hasten_switch(open_switch, deadline)
    assert not hasten_switch(finished, deadline)
    open_switch.refresh_from_db()
    assert (open_switch.kind, open_switch.deadline_at) == (DisruptionKind.INTERRUPTION, deadline)
