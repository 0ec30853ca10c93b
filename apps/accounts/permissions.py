"""What a role may do at all, and what an API token may do of it; which rows one sees is tenancy's."""

from collections.abc import Set
from typing import TYPE_CHECKING, ClassVar, cast

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from .errors import NotForApiTokens, ScopeMissing
from .models import ApiToken, Role, Scope, User

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which loads this module, for it has the default permission


class IsSignedIn(BasePermission):
    """Anybody whose account stands, with any credential of theirs."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return isinstance(request.user, User) and request.user.is_active


class IsThePerson(IsSignedIn):
    """The person's own affairs, and whatever says nothing else: no script acts for them in these.

    Raises NotForApiTokens.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if isinstance(request.auth, ApiToken):
            raise NotForApiTokens
        return super().has_permission(request, view)


class HasRole(IsSignedIn):
    """Base: the person has one of `roles`; of an API token also a scope of `area` is asked.

    Raises ScopeMissing.
    """

    roles: ClassVar[Set[Role]] = frozenset()
    area: ClassVar[str]

    def has_permission(self, request: Request, view: "APIView") -> bool:
        user = request.user
        if not super().has_permission(request, view) or cast(User, user).role not in self.roles:
            return False
        needed = self.scope_of(request.method or "")
        if isinstance(request.auth, ApiToken) and needed not in request.auth.scopes:
            raise ScopeMissing(scope=needed)
        return True

    @classmethod
    def scope_of(cls, method: str) -> Scope:
        """What a token needs for an HTTP method."""
        return Scope(f"{cls.area}:{'read' if method in SAFE_METHODS else 'write'}")


class IsAdmin(HasRole):
    roles, area = frozenset({Role.ADMIN}), "platform"


class IsTenantOrAdmin(HasRole):
    roles, area = frozenset({Role.CLIENT, Role.ADMIN}), "fleet"


class IsLabOrAdmin(HasRole):
    roles, area = frozenset({Role.LAB, Role.ADMIN}), "models"


def scopes_of(user: User) -> list[Scope]:
    """The scopes that a token of this person can have."""
    areas = {kind.area for kind in (IsAdmin, IsTenantOrAdmin, IsLabOrAdmin) if user.role in kind.roles}
    return [scope for scope in Scope if scope.partition(":")[0] in areas]


ALLOWANCES: dict[str, Set[Role]] = {
    "platform.operate": IsAdmin.roles,
    "fleet.watch": IsTenantOrAdmin.roles,
    "fleet.steer": IsTenantOrAdmin.roles,
    "models.research": IsLabOrAdmin.roles,
}


def allowances(user: User) -> list[str]:
    """What the person's role allows, as words that a client can show or hide things by."""
    return [word for word, roles in ALLOWANCES.items() if user.role in roles]
