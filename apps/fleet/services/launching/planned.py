"""What a plan asks for."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.fleet.models import Pool


@dataclass(frozen=True, slots=True)
class PodRef:
    """One pod, and not another that took its name since."""

    namespace: str
    name: str
    uid: str


@dataclass(frozen=True, slots=True)
class PlannedNode:
    """A node to buy and whom it is for.

    The first pool is the plan's choice; the others hold the same pods, the cheapest first and on-demand last.
    A node for no pod in particular (headroom, a replacement) is bought whoever waits.
    """

    pools: Sequence[Pool]
    pods: Sequence[PodRef]
