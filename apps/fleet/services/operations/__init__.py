"""Batch work that a person asked for: a row a target, advanced by idempotent steps until each has its result.

registry:   what the kinds of operations do.
starting:   an operation comes to be, and may grow while it runs.
claiming:   which items are due; a claim is a lease, so a dead worker's items come round again.
advancing:  one item a step further.
closing:    the operation ends when its last item has.
steering:   a person cancels it, or has what failed tried again.
announcing: what pages and scripts hear of it.
"""

from .advancing import advance_due
from .announcing import tell_owed
from .claiming import due
from .closing import close_finished
from .registry import Work, register
from .starting import NewItem, add_items, start_operation
from .steering import cancel_operation, retry_failed

__all__ = [
    "NewItem",
    "Work",
    "add_items",
    "advance_due",
    "cancel_operation",
    "close_finished",
    "due",
    "register",
    "retry_failed",
    "start_operation",
    "tell_owed",
]
