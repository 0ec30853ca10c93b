"""Who sees which rows: the one place where a tenant's data is told from another's.

The path from a row to its tenant is read from the models: the shortest chain of required foreign keys that
ends at Client. A model that has none is nobody's data, and asking for its scope is a defect.
"""

from collections import deque
from functools import cache
from typing import TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import ForeignKey, Model, QuerySet

from .models import Client, Role, User

Row = TypeVar("Row", bound=Model)


class NotTenantData(LookupError):
    """The model has no path to a tenant."""


def visible_to(user: User | AnonymousUser, model: type[Row]) -> QuerySet[Row]:
    """The rows of `model` that a person may know of: an admin's all, a tenant's people their tenant's.

    Raises NotTenantData.
    """
    path = path_to_client(model)
    rows: QuerySet[Row] = model._default_manager.all()
    match user:
        case User(role=Role.ADMIN, is_active=True):
            return rows
        case User(role=Role.CLIENT, is_active=True):
            return rows.filter(**{path: user.client_id})
    return rows.none()


@cache
def path_to_client(model: type[Model]) -> str:
    """The lookup from a row to its tenant, "cluster__client" for a switch. Raises NotTenantData."""
    if model is Client:
        return "pk"
    waiting: deque[tuple[type[Model], tuple[str, ...]]] = deque([(model, ())])
    seen: set[type[Model]] = {model}
    while waiting:
        here, path = waiting.popleft()
        for field in here._meta.fields:
            if not isinstance(field, ForeignKey):
                continue
            if field.related_model is Client:
                return "__".join((*path, field.name))
            # Behind an optional key there may be no tenant at all.
            if not field.null and field.related_model not in seen:
                seen.add(field.related_model)
                waiting.append((field.related_model, (*path, field.name)))
    raise NotTenantData(f"{model._meta.label} has no required path to a client")
