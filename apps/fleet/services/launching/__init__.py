"""Buying nodes for pods that wait: a row with a state, advanced by idempotent steps.

planned, beginning: what a plan asks for comes to be a launch.
advancing:          launches a step further; the sweep that finds those that are due.
starting, buying, joining, binding: the steps, one state each; spending and room are what they count with.
announcing, finishing: what the outside hears of it.
"""

from .advancing import advance, claim_due
from .beginning import begin_launches
from .planned import PlannedNode, PodRef

__all__ = ["PlannedNode", "PodRef", "advance", "begin_launches", "claim_due"]
