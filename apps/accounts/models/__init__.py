"""People, the tenants they work for, and the trail of what they changed."""

from .audit import AuditEvent
from .clients import Client
from .users import Role, User, UserStatus

__all__ = ["AuditEvent", "Client", "Role", "User", "UserStatus"]
