"""What a cluster would save if the platform moved it: every move that is worth it, without haste or pace.

Each node is judged as if its replacement had to be as large as it is, which is careful: pods may need less.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from .controls import Tempo, may_move, on_demand_lacking
from .model import Move, Offer, PolicyView, Refusal
from .planning import Scene, close_look, first_looks, take, urgency


@dataclass(frozen=True, slots=True)
class Estimated:
    """`now`: USD an hour that the nodes cost today, as far as prices are known. Savings are in the moves."""

    now: Decimal
    moves: Sequence[Move]
    stays: Sequence[Refusal]

    @property
    def saving(self) -> Decimal:
        """USD an hour; a move away from risk may cost something."""
        return sum((move.saving for move in self.moves), Decimal())

    @property
    def nodes(self) -> int:
        return len(self.moves) + len(self.stays)


def estimate(scene: Scene, offers: Sequence[Offer], now: datetime) -> Estimated:
    """Every move that would be made in the end, by the cluster's rules but for age, cool-down and pace."""
    patient = replace(scene, policy=_without_haste(scene.policy))
    first = first_looks(offers, patient, now)
    wanted = sorted((verdict for verdict in first if isinstance(verdict, Move)), key=urgency)
    stays = [verdict for verdict in first if isinstance(verdict, Refusal)]
    moves: list[Move] = []
    tempo, held = replace(patient.tempo, disturbed=0, moves_last_hour=0), Counter(scene.held)
    for move in wanted:
        if holds := may_move(move.node, patient.policy, tempo, now, kind=move.kind):
            stays.append(Refusal(move.node, holds))
            continue
        lacking = on_demand_lacking(patient.policy, tempo)
        verdict = close_look(move.node, offers, patient.policy, held, now, lacking=lacking)
        if isinstance(verdict, Refusal):
            stays.append(verdict)
            continue
        moves.append(verdict)
        take(verdict, held)
        tempo = _once_moved(tempo, verdict)
    prices = (node.stay.price for node in scene.nodes if node.stay)
    return Estimated(sum(prices, Decimal()), moves, stays)


def _without_haste(policy: PolicyView) -> PolicyView:
    return replace(policy, min_node_age=timedelta(), cooldown=timedelta(), max_moving_pct=100, budgets=())


def _once_moved(tempo: Tempo, move: Move) -> Tempo:
    """What stays changed after a move has ended: a group's count and the on-demand nodes, no budget."""
    after = tempo.after(move.node, move.candidates[0])
    groups = {name: replace(group, disturbed=0) for name, group in after.groups.items()}
    on_demand = after.on_demand + after.on_demand_coming
    return replace(
        after, disturbed=0, moves_last_hour=0, groups=groups, on_demand=on_demand, on_demand_coming=0
    )
