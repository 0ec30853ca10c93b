"""Whose turn it is to be planned, with a clock of the test's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pipeline.watch.batching import closes_at
from apps.pipeline.watch.turns import BACKOFF_SECONDS, LONGEST_BACKOFF_SECONDS, Turns, backoff


def pods_due(turns: Turns, now: float) -> set[str]:
    due = turns.due(now)
    return set(due.pods) if due else set()


def test_a_pod_that_comes_is_due_at_once_and_news_only_once() -> None:
    turns = Turns()
    assert turns.came("a", 10.0)
    assert not turns.came("a", 11.0)
    assert turns.due(9.9) is None

    due = turns.due(11.0)

    assert due is not None
    assert (due.pods, due.first_at, due.last_at) == ({"a"}, 10.0, 10.0)


def test_a_pod_that_was_planned_and_waits_still_is_planned_again_ever_more_seldom() -> None:
    turns = Turns()
    turns.came("a", 0.0)
    now, waits = 0.0, []
    for _ in range(8):
        turns.asked(["a"], now)
        assert pods_due(turns, now + 1) == set()
        again = turns.next_at()
        assert again is not None
        waits.append(again - now)
        now = again
    assert waits == [10, 20, 40, 80, 160, 300, 300, 300]


def test_who_has_left_is_never_due() -> None:
    turns = Turns()
    turns.came("a", 0.0)
    turns.left("a")
    turns.asked(["a"], 1.0)
    turns.put_off(["a"], 2.0)
    turns.hurry(["a"], 3.0)
    assert turns.next_at() is None


def test_a_list_keeps_the_turns_of_who_is_still_there() -> None:
    turns = Turns()
    for pod in ("planned", "gone"):
        turns.came(pod, 0.0)
    turns.asked(["planned"], 0.0)

    turns.only(["planned", "new"], 5.0)

    assert pods_due(turns, 5.0) == {"new"}
    assert pods_due(turns, BACKOFF_SECONDS) == {"planned", "new"}
    assert len(turns) == 2


def test_a_launch_that_failed_brings_its_pods_forward_and_often_failing_ones_not_at_once() -> None:
    turns = Turns()
    turns.came("a", 0.0)
    turns.asked(["a"], 0.0)
    turns.hurry(["a"], 1.0)
    assert pods_due(turns, 1.0) == {"a"}

    turns.asked(["a"], 1.0)
    turns.hurry(["a"], 2.0)
    assert turns.next_at() == 1.0 + BACKOFF_SECONDS

    turns.asked(["a"], 11.0)
    turns.hurry(["a"], 12.0)
    assert turns.next_at() == 11.0 + 2 * BACKOFF_SECONDS


def test_a_changed_policy_makes_all_due_as_if_they_had_just_come() -> None:
    turns = Turns()
    for pod in ("a", "b"):
        turns.came(pod, 0.0)
        for _ in range(5):
            turns.asked([pod], 0.0)

    turns.restart(7.0)

    assert pods_due(turns, 7.0) == {"a", "b"}
    turns.asked(["a"], 7.0)
    assert turns.next_at() == 7.0


def test_to_be_put_off_is_no_try() -> None:
    turns = Turns()
    turns.came("a", 0.0)
    turns.put_off(["a"], 10.0)
    assert pods_due(turns, 9.0) == set()
    turns.asked(["a"], 10.0)
    assert turns.next_at() == 20.0


def test_who_is_due_again_a_moment_later_is_taken_along() -> None:
    turns = Turns()
    for number, pod in enumerate(("a", "b", "c")):
        turns.came(pod, 0.0)
        turns.asked([pod], float(number))

    assert pods_due(turns, 10.0) == {"a", "b", "c"}


@given(st.integers(min_value=-3, max_value=10_000))
def test_nobody_waits_longer_than_the_longest_backoff(tries: int) -> None:
    assert 0 <= backoff(tries) <= LONGEST_BACKOFF_SECONDS
    assert backoff(tries) <= backoff(tries + 1)


@pytest.mark.requirement("P1.4")
@pytest.mark.parametrize(
    ("arrivals", "is_solving", "closes"),
    [
        ([0.0], False, 0.1),
        ([0.0], True, 0.1),
        ([0.0, 0.05, 0.1], False, 0.2),
        # They come and come: the solver begins with the first of them…
        ([n * 0.05 for n in range(40)], False, 0.3),
        # …and while it works, the next ones gather, but none for longer than two seconds.
        ([n * 0.05 for n in range(40)], True, 2.0),
        ([n * 0.05 for n in range(20)], True, 1.05),
    ],
)
def test_a_batch_closes_in_good_time(arrivals: list[float], is_solving: bool, closes: float) -> None:
    assert closes_at(arrivals[0], arrivals[-1], is_solving=is_solving) == pytest.approx(closes)
