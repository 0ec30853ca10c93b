from datetime import UTC, datetime, timedelta

import pytest

from apps.fleet.models import Switch
from apps.fleet.selectors.durations import roughly, written
from apps.fleet.selectors.steppers import steps_of
from apps.fleet.statuses import SwitchState as S

START = datetime(2026, 3, 18, 14, 30, tzinfo=UTC)
USUAL = {S.VERIFYING: timedelta(seconds=40), S.COMPLETE: timedelta(minutes=3)}


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def shown(
    state: S, entered: dict[S, datetime], finished_at: datetime | None = None
) -> list[tuple[str, str, str]]:
    switch = Switch(state=state, entered_at=max(entered.values()), finished_at=finished_at)
    steps = steps_of(switch, entered, USUAL)
    assert [step.key for step in steps] == ["preparing", "switching", "verifying", "complete"]
    return [(step.label, step.state, step.time_text) for step in steps]


@pytest.mark.requirement("8.7")
def test_a_suggestion_has_all_its_steps_before_it():
    assert shown(S.SUGGESTED, {S.SUGGESTED: at(0)}) == [
        ("Preparing", "todo", ""),
        ("Switching", "todo", ""),
        ("Verifying", "todo", "~40 s"),
        ("Complete", "todo", "~3 min"),
    ]


@pytest.mark.requirement("8.8")
def test_done_steps_say_how_long_they_took():
    entered = {S.SUGGESTED: at(0), S.PREPARING: at(1), S.SWITCHING: at(2)}
    assert shown(S.SWITCHING, entered) == [
        ("Preparing", "done", "1:00"),
        ("Switching", "now", ""),
        ("Verifying", "todo", "~40 s"),
        ("Complete", "todo", "~3 min"),
    ]


@pytest.mark.requirement("8.9")
def test_a_finished_switch_is_done_in_every_step():
    entered = {S.PREPARING: at(1), S.SWITCHING: at(2), S.VERIFYING: at(4.5), S.COMPLETE: at(5)}
    assert shown(S.COMPLETE, entered, at(5.2)) == [
        ("Preparing", "done", "1:00"),
        ("Switching", "done", "2:30"),
        ("Verifying", "done", "30 s"),
        ("Complete", "done", "12 s"),
    ]


def test_the_way_back_stands_where_it_was_turned_from():
    entered = {S.PREPARING: at(1), S.SWITCHING: at(2), S.ROLLING_BACK: at(17)}
    assert shown(S.ROLLING_BACK, entered)[:3] == [
        ("Preparing", "done", "1:00"),
        ("Rolling back", "back", ""),
        ("Verifying", "todo", ""),
    ]


def test_a_switch_that_never_began_was_rolled_back_at_its_first_step():
    entered = {S.SUGGESTED: at(0), S.ROLLED_BACK: at(1)}
    assert shown(S.ROLLED_BACK, entered, at(1))[0] == ("Rolled back", "back", "")


def test_a_failure_stands_at_the_step_that_failed():
    entered = {S.PREPARING: at(1), S.SWITCHING: at(2), S.VERIFYING: at(3), S.FAILED: at(8)}
    assert shown(S.FAILED, entered, at(8))[2:] == [("Verifying", "fail", "failed"), ("Complete", "todo", "")]


@pytest.mark.parametrize(
    ("seconds", "exactly", "about"),
    [(0, "0 s", "~1 s"), (48, "48 s", "~48 s"), (94, "1:34", "~2 min"), (3900, "1 h 05", "~65 min")],
)
def test_durations_are_written_as_people_read_them(seconds, exactly, about):
    assert written(timedelta(seconds=seconds)) == exactly
    assert roughly(timedelta(seconds=seconds)) == about
