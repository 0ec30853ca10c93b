"""Emptying a node without breaking anything: what may go, what stays, what stands in the way, and the pace.

Pure: pods and budgets in, decisions out. The Eviction API has the last word; what is said here of budgets is
a forecast.
"""

from .pacing import backoff, gap_between
from .plan import Blocker, DrainPlan, Obstacle, plan_drain
from .state import DrainState, PodDrain, after_answer, next_evictions

__all__ = [
    "Blocker",
    "DrainPlan",
    "DrainState",
    "Obstacle",
    "PodDrain",
    "after_answer",
    "backoff",
    "gap_between",
    "next_evictions",
    "plan_drain",
]
