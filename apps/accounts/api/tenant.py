"""The base of every endpoint that shows or changes a tenant's rows."""

from typing import TypeVar, cast

from django.db.models import Model, QuerySet
from rest_framework.views import APIView

from atharva.api.problems import Missing

from ..models import User
from ..permissions import IsTenantOrAdmin
from ..tenancy import visible_to

Row = TypeVar("Row", bound=Model)


class TenantView(APIView):
    """For a tenant's people and admins; rows are reached through `visible` and `find` alone."""

    permission_classes = (IsTenantOrAdmin,)

    @property
    def person(self) -> User:
        """Who asks; the permission has let nobody else in."""
        return cast(User, self.request.user)

    def visible(self, model: type[Row]) -> QuerySet[Row]:
        """The rows of `model` that the person may know of."""
        return visible_to(self.person, model)

    def find(self, model: type[Row], pk: object, *, among: QuerySet[Row] | None = None) -> Row:
        """One of these rows. Raises Missing for an unknown one and for another tenant's, alike."""
        rows = self.visible(model) if among is None else among
        row = rows.filter(pk=pk).first()
        if row is None:
            raise Missing(what=str(model._meta.verbose_name), id=str(pk))
        return row
