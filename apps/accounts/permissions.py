"""What a role may do at all; which rows it sees is tenancy's (tenancy.py)."""

from collections.abc import Set
from typing import ClassVar

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from .models import Role, User


class HasRole(BasePermission):
    """Base: the person is signed in, active and has one of `roles`."""

    roles: ClassVar[Set[Role]] = frozenset()

    def has_permission(self, request: Request, view: APIView) -> bool:
        user = request.user
        return isinstance(user, User) and user.is_active and user.role in self.roles


class IsAdmin(HasRole):
    roles = frozenset({Role.ADMIN})


class IsTenantOrAdmin(HasRole):
    roles = frozenset({Role.CLIENT, Role.ADMIN})


class IsLabOrAdmin(HasRole):
    roles = frozenset({Role.LAB, Role.ADMIN})


ALLOWANCES: dict[str, Set[Role]] = {
    "platform.operate": IsAdmin.roles,
    "fleet.watch": IsTenantOrAdmin.roles,
    "fleet.steer": IsTenantOrAdmin.roles,
    "models.research": IsLabOrAdmin.roles,
}


def allowances(user: User) -> list[str]:
    """What the person's role allows, as words that a client can show or hide things by."""
    return [word for word, roles in ALLOWANCES.items() if user.role in roles]
