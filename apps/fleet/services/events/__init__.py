"""What AWS tells an account's queue: stored first, then acted on, and acted on again until it is done.

`receive_events` empties a queue into rows, `handle_events` acts on some of them at once, `sweep_events` on
all that are due.
"""

from .receiving import receive_events, region_of
from .sweeping import handle_events, sweep_events

__all__ = ["handle_events", "receive_events", "region_of", "sweep_events"]
