"""Moving a node from one pool to another: a row with a state, advanced by idempotent steps.

suggesting: a switch comes to be, or is refused beforehand.
advancing:  one switch a step further; the sweep that finds those that are due.
starting, preparing, emptying, verifying, completing, returning: the steps, one state each.
removing:   what is different where nothing is launched; elsewhere: whether the pods fit on other nodes.
announcing: what the outside hears of it.
"""

from .advancing import advance, claim_due
from .suggesting import hasten_switch, suggest_switch

__all__ = ["advance", "claim_due", "hasten_switch", "suggest_switch"]
