"""A replay as one HTML file that can be sent on: figures, pictures, and what may not be concluded."""

from dataclasses import dataclass
from datetime import timedelta

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from . import plots
from .model import Outcome
from .running import Replay

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Row:
    """One strategy's line in the table."""

    outcome: Outcome
    cost_pct: float  # of on-demand
    moves_per_node_day: float
    interruptions_per_node_day: float


def rows(replay: Replay) -> list[Row]:
    """A row a strategy, in the order in which they ran."""
    on_demand = replay.outcome("on_demand").cost
    return [
        Row(
            outcome=outcome,
            cost_pct=100 * outcome.cost / on_demand,
            moves_per_node_day=outcome.moves_per_node_day,
            interruptions_per_node_day=outcome.interruptions
            / (outcome.seats * (outcome.length / timedelta(days=1))),
        )
        for outcome in replay.outcomes
    ]


def as_html(replay: Replay) -> str:
    """The report; the same replay gives the same text."""
    pictures = {
        "Cost": plots.cost_by_day(replay.outcomes),
        "Interruptions": plots.interruptions_so_far(replay.outcomes),
        "Moves": plots.moves_so_far(replay.outcomes),
    }
    context = {
        "replay": replay,
        "rows": rows(replay),
        "pictures": {title: _trusted(svg) for title, svg in pictures.items()},
        "days": replay.engine.length / timedelta(days=1),
        "every_minutes": replay.setting.every / MINUTE,
        "cooldown_minutes": replay.policy.cooldown / MINUTE,
    }
    return render_to_string("pipeline/replay_report.html", context)


def _trusted(svg: str) -> SafeString:
    # Drawn by us from numbers: the only words in it are titles of strategies.
    return mark_safe(svg)  # noqa: S308  see above
