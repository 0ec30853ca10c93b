"""What runs in the tenants' accounts, kept in step with EC2.

`discover_account` lists everything, `refresh_instances` asks for a few by id, `refresh_awaited` for those
that somebody waits for.
"""

from .accounts import claim_due, discover_account, discover_soon
from .awaited import refresh_awaited, refresh_instances
from .types import learn_types

__all__ = [
    "claim_due",
    "discover_account",
    "discover_soon",
    "learn_types",
    "refresh_awaited",
    "refresh_instances",
]
