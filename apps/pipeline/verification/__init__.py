"""Holds a plan against its problem, and a plan's bound against its certificate.

Written from the contract (optimizer.model) alone: whatever mistake the solver makes, it is not made here too.
"""

from apps.pipeline.verification.bounds import check_bound
from apps.pipeline.verification.plans import check_plan

__all__ = ["check_bound", "check_plan"]
