"""The back office: for admins alone, and history in it is only read."""

from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline


class _ReadOnly:
    """Nothing is added, changed or deleted by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyAdmin(_ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    pass


class ReadOnlyInline(_ReadOnly, TabularInline):  # type: ignore[misc]  # unfold has no types
    extra = 0
    can_delete = False
