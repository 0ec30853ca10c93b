"""How long each step of a switch took of late, and how a duration is written."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from apps.accounts.models import Client
from apps.fleet.models import Switch, SwitchStep
from apps.fleet.statuses import SwitchState

# Enough that one slow drain does not move the median, few enough that it follows the season.
MEASURED = 20


def usual_durations(client: Client) -> Mapping[str, timedelta]:
    """The median time that a tenant's last completed switches spent in each state. One query."""
    recent = (
        Switch.objects.filter(cluster__client=client, state=SwitchState.COMPLETE, finished_at__isnull=False)
        .order_by("-finished_at")
        .values("pk")[:MEASURED]
    )
    steps = SwitchStep.objects.filter(switch__in=recent).order_by("switch", "entered_at", "pk")
    switches: dict[object, list[tuple[str, datetime, datetime | None]]] = defaultdict(list)
    for switch_id, state, entered_at, finished_at in steps.values_list(
        "switch_id", "state", "entered_at", "switch__finished_at"
    ):
        switches[switch_id].append((state, entered_at, finished_at))
    return _medians(list(switches.values()))


def _medians(switches: Sequence[Sequence[tuple[str, datetime, datetime | None]]]) -> dict[str, timedelta]:
    spent: dict[str, list[float]] = defaultdict(list)
    for steps in switches:
        for (state, entered_at, _), (_, left_at, _) in pairwise(steps):
            spent[state].append((left_at - entered_at).total_seconds())
        state, entered_at, finished_at = steps[-1]
        if finished_at:
            spent[state].append((finished_at - entered_at).total_seconds())
    return {state: timedelta(seconds=median(seconds)) for state, seconds in spent.items()}


def written(span: timedelta) -> str:
    """`48 s`, `1:34`, `1 h 05`."""
    seconds = max(0, round(span.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60}:{seconds % 60:02}"
    return f"{seconds // 3600} h {seconds % 3600 // 60:02}"


def roughly(span: timedelta) -> str:
    """`~40 s`, `~3 min`."""
    seconds = span.total_seconds()
    return f"~{max(1, round(seconds))} s" if seconds < 90 else f"~{round(seconds / 60)} min"
