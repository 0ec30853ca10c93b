"""A switch as four steps, a removal as three: done ones with their time, coming ones with their usual one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from apps.fleet.models import Switch
from apps.fleet.statuses import SwitchState

from .durations import roughly, written

PATH = (SwitchState.PREPARING, SwitchState.SWITCHING, SwitchState.VERIFYING, SwitchState.COMPLETE)
BACK = (SwitchState.ROLLING_BACK, SwitchState.ROLLED_BACK)


@dataclass(frozen=True, slots=True)
class StepView:
    """`since` is when the step under way began; a page counts on from there."""

    key: str
    label: str
    state: Literal["todo", "now", "done", "back", "fail"]
    time_text: str = ""
    since: datetime | None = None


def steps_of(
    switch: Switch, entered: Mapping[str, datetime], usual: Mapping[str, timedelta]
) -> list[StepView]:
    """The steps of `switch`, which entered its states at `entered`."""
    path = PATH[1:] if switch.is_removal else PATH
    reached = _reached(switch, path, entered)
    return [
        _done(switch, state, entered)
        if index < reached
        else _present(switch, state)
        if index == reached
        else _to_come(switch, state, usual)
        for index, state in enumerate(path)
    ]


def _reached(switch: Switch, path: Sequence[SwitchState], entered: Mapping[str, datetime]) -> int:
    """The index of the step under way or turned from; -1 before the first, one too many after the last."""
    if switch.state == SwitchState.COMPLETE and switch.finished_at:
        return len(path)
    on_path = [index for index, state in enumerate(path) if state in entered]
    if switch.state in (*BACK, SwitchState.FAILED):
        return on_path[-1] if on_path else 0
    return path.index(switch.status) if switch.status in path else -1


def _done(switch: Switch, state: SwitchState, entered: Mapping[str, datetime]) -> StepView:
    began = entered.get(state)
    after = [at for at in (*entered.values(), switch.finished_at) if at and began and at > began]
    text = written(min(after) - began) if began and after else ""
    return StepView(state, state.label, "done", text)


def _present(switch: Switch, state: SwitchState) -> StepView:
    since = None if switch.finished_at else switch.entered_at
    if switch.state in BACK:
        return StepView(state, switch.status.label, "back", since=since)
    if switch.state == SwitchState.FAILED:
        return StepView(state, state.label, "fail", "failed")
    return StepView(state, state.label, "now", since=since)


def _to_come(switch: Switch, state: SwitchState, usual: Mapping[str, timedelta]) -> StepView:
    goes_on = switch.finished_at is None and switch.state not in BACK
    text = roughly(usual[state]) if goes_on and state in usual else ""
    return StepView(state, state.label, "todo", text)
