"""People, the tenants they work for, and the trail of what they changed."""

from .audit import AuditEvent
from .clients import Client
from .invitations import Invitation
from .sessions import EndedBecause, TokenFamily
from .tokens import ApiToken, Scope
from .users import Role, User, UserStatus

__all__ = [
    "ApiToken",
    "AuditEvent",
    "Client",
    "EndedBecause",
    "Invitation",
    "Role",
    "Scope",
    "TokenFamily",
    "User",
    "UserStatus",
]
