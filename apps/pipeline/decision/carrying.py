"""Handing moves to the fleet, which validates each again before it begins."""

from collections.abc import Mapping, Sequence

from apps.fleet.errors import AlreadyMoving, GroupAtMinimum, SwitchRefused
from apps.fleet.models import Instance, Pool, Switch
from apps.fleet.services.switching import suggest_switch
from apps.fleet.statuses import DisruptionKind

from .model import Move
from .reasons import Reason, Why

# By instance: the switch that was begun, or why none was.
Begun = Mapping[int, Switch | Why]


def begin(moves: Sequence[Move]) -> Begun:
    """Open a switch for each move; one that the fleet refuses does not stop the others."""
    instances = Instance.objects.select_related("group").in_bulk([move.node.id for move in moves])
    pools = Pool.objects.in_bulk({pool.id for move in moves for pool in move.candidates})
    return {move.node.id: _begin_one(move, instances[move.node.id], pools) for move in moves}


def _begin_one(move: Move, instance: Instance, pools: Mapping[int, Pool]) -> Switch | Why:
    try:
        return suggest_switch(
            instance=instance,
            kind=DisruptionKind(move.kind),
            candidates=[pools[pool.id] for pool in move.candidates],
            reason=move.sentence,
            saving_hourly_usd=move.saving,
        )
    except (AlreadyMoving, GroupAtMinimum, SwitchRefused) as refused:
        return Why(Reason.NOT_BEGUN, refused.sentence)
