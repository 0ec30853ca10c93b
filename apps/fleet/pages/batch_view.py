"""What the pages about operations show, in words and bars."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.fleet.models import OperationItem
from apps.fleet.selectors.operations import OperationView, Tally
from apps.fleet.statuses import ItemState, OperationStatus
from atharva.web.tones import Tone

STATUS_ICONS: dict[str, str] = {
    OperationStatus.QUEUED: "clock",
    OperationStatus.RUNNING: "loader",
    OperationStatus.SUCCEEDED: "circle-check",
    OperationStatus.PARTIALLY_FAILED: "triangle-alert",
    OperationStatus.FAILED: "octagon-alert",
    OperationStatus.CANCELLED: "ban",
}
STATE_ICONS: dict[str, str] = {
    ItemState.WAITING: "clock",
    ItemState.RUNNING: "loader",
    ItemState.DONE: "check",
    ItemState.SKIPPED: "skip-forward",
    ItemState.FAILED: "octagon-alert",
    ItemState.CANCELLED: "ban",
}
# The order of a bar's segments and of the words beside it; what is left is the bar's ground.
SEGMENTS = (ItemState.DONE, ItemState.SKIPPED, ItemState.FAILED, ItemState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a bar, in percent of it."""

    tone: Tone
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class BarView:
    """A tally as a bar, and in words for those who do not see it."""

    tally: Tally
    segments: Sequence[Segment]
    words: str


@dataclass(frozen=True, slots=True)
class BatchView:
    """One operation."""

    its: OperationView
    tone: Tone
    icon: str
    bar: BarView
    groups: Sequence[BarView]


@dataclass(frozen=True, slots=True)
class ItemView:
    row: OperationItem
    tone: Tone
    icon: str


@dataclass(frozen=True, slots=True)
class StateFilter:
    """One of the ways to look at the items; `value` is empty for all of them."""

    value: str
    label: str
    count: int
    current: bool


def batch_view(operation: OperationView) -> BatchView:
    status = OperationStatus(operation.operation.status)
    groups = [bar(group) for group in operation.groups] if len(operation.groups) > 1 else []
    return BatchView(operation, status.tone, STATUS_ICONS[status], bar(operation), groups)


def item_view(item: OperationItem) -> ItemView:
    state = ItemState(item.state)
    return ItemView(item, state.tone, STATE_ICONS[state])


def bar(tally: Tally) -> BarView:
    """Its segments side by side; a state that nothing is in has none."""
    segments, start = [], 0.0
    for state in SEGMENTS:
        if count := tally.states.get(state, 0):
            width = 100 * count / tally.total
            segments.append(Segment(state.tone, start, width))
            start += width
    return BarView(tally, segments, words(tally))


def words(tally: Tally) -> str:
    """`12 done, 1 failed, 3 left`: what nothing is in is not said."""
    parts = [f"{tally.done:,} done"]
    parts += [
        f"{count:,} {state.label.lower()}" for state in SEGMENTS[1:] if (count := tally.states.get(state, 0))
    ]
    return ", ".join([*parts, f"{tally.left:,} left"] if tally.left else parts)


def state_filters(tally: Tally, current: str) -> list[StateFilter]:
    """All items, and those of each state that there is."""
    every = StateFilter("", "All", tally.total, current == "")
    return [
        every,
        *(
            StateFilter(state, state.label, count, current == state)
            for state in ItemState
            if (count := tally.states.get(state, 0)) or current == state
        ),
    ]
