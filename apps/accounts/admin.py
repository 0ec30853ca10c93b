"""The back office of people and tenants."""

from typing import cast

from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest

from atharva.web.back_office import ReadOnlyAdmin

from .models import AuditEvent, Client, User, UserStatus
from .services.people import change_person

# What a person may do follows from their role.
admin.site.unregister(Group)


@admin.register(Client)
class ClientAdmin(ReadOnlyAdmin):
    list_display = ("name", "created_at", "deleted_at")
    search_fields = ("name",)


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """People are changed through the services, which end sessions and write the trail."""

    list_display = ("username", "name", "role", "status", "client", "last_login")
    list_filter = ("role", "status", "client")
    list_select_related = ("client",)
    search_fields = ("username", "name", "email")
    exclude = ("password", "groups", "user_permissions", "is_superuser")
    actions = ("block", "open")

    @admin.action(description="Block: ends every session of theirs at once")
    def block(self, request: HttpRequest, people: QuerySet[User]) -> None:
        others = people.exclude(pk=cast(User, request.user).pk)
        self._set(request, others, UserStatus.BLOCKED)

    @admin.action(description="Open again")
    def open(self, request: HttpRequest, people: QuerySet[User]) -> None:
        self._set(request, people, UserStatus.ACTIVE)

    def _set(self, request: HttpRequest, people: QuerySet[User], status: UserStatus) -> None:
        for user in people:
            change_person(user, by=cast(User, request.user), status=status)
        self.message_user(request, f"{len(people)} accounts are {status.label.lower()}.", messages.SUCCESS)


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "who", "what", "target", "client", "address")
    list_filter = ("what", "client")
    list_select_related = ("who", "client")
    search_fields = ("target", "who__username", "request_id")
    date_hierarchy = "at"
