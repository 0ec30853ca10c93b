"""What must hold of every move of a replay, re-computed from its records alone."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from .model import Moved

HOUR = timedelta(hours=1)


def faults(moves: Sequence[Moved], *, cooldown: timedelta) -> list[str]:
    """Each move that broke a rule, as a sentence; empty where all held.

    No node moves twice within its cool-down, and no move for cost brings in less than it costs, both as they
    were known when it was decided. A move away from risk may cost something.
    """
    found = []
    last: dict[int, Moved] = {}
    for move in moves:
        before = last.get(move.seat)
        if before is not None and move.at - before.at < cooldown:
            found.append(f"Node {move.seat} moved at {before.at} and again at {move.at}")
        last[move.seat] = move
        if move.kind == "cost" and (brings := _brings(move)) <= move.cost:
            found.append(
                f"Node {move.seat} moved at {move.at} for ${brings:.4f}, which cost ${move.cost:.4f}"
            )
    return found


def _brings(move: Moved) -> Decimal:
    return move.saving_hourly * Decimal(str(move.pays_back_within / HOUR))
