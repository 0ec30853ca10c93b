"""The back office of people, tenants, and what they are signed in with."""

from typing import cast

from axes.models import AccessAttempt
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest

from atharva.web.back_office import ReadOnlyAdmin

from .models import ApiToken, AuditEvent, Client, Invitation, TokenFamily, User, UserStatus
from .services.api_tokens import revoke_token
from .services.own_sign_ins import end_sign_in
from .services.people import change_person
from .services.tries import forget_tries

# What a person may do follows from their role.
admin.site.unregister(Group)
# allauth's own tables hold secrets, and whoever changed them by hand would go past the services.
LIBRARY_TABLES = ("account", "mfa", "socialaccount")
for model in [model for model in admin.site._registry if model._meta.app_label in LIBRARY_TABLES]:
    admin.site.unregister(model)


@admin.register(Client)
class ClientAdmin(ReadOnlyAdmin):
    list_display = ("name", "created_at", "deleted_at")
    search_fields = ("name",)


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """People are changed through the services, which end sessions and write the trail."""

    list_display = ("username", "name", "role", "status", "client", "last_login", "deleted_at")
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
        self._set(request, people.exclude(pk=cast(User, request.user).pk), UserStatus.ACTIVE)

    def _set(self, request: HttpRequest, people: QuerySet[User], status: UserStatus) -> None:
        living = list(people.filter(deleted_at=None))
        for user in living:
            change_person(user, by=cast(User, request.user), status=status)
        self.message_user(request, f"{len(living)} accounts are {status.label.lower()}.", messages.SUCCESS)


@admin.register(TokenFamily)
class TokenFamilyAdmin(ReadOnlyAdmin):
    list_display = (
        "user",
        "created_at",
        "refreshed_at",
        "expires_at",
        "ended_at",
        "ended_because",
        "address",
    )
    list_filter = ("ended_because",)
    list_select_related = ("user",)
    search_fields = ("user__username", "address")
    exclude = ("refresh_id",)
    actions = ("end",)

    @admin.action(description="End: its tokens are refused from now on")
    def end(self, request: HttpRequest, families: QuerySet[TokenFamily]) -> None:
        for family in families.filter(ended_at=None).select_related("user__client"):
            end_sign_in(family, by=cast(User, request.user))
        self.message_user(request, "These sign-ins have ended.", messages.SUCCESS)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    list_display = (
        "name",
        "user",
        "hint",
        "scopes",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    list_select_related = ("user",)
    search_fields = ("name", "user__username", "hint")
    exclude = ("digest",)
    actions = ("revoke",)

    @admin.action(description="Revoke: refused from now on")
    def revoke(self, request: HttpRequest, tokens: QuerySet[ApiToken]) -> None:
        for token in tokens.select_related("user__client"):
            revoke_token(token, by=cast(User, request.user))
        self.message_user(request, "These tokens are revoked.", messages.SUCCESS)


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ("email", "role", "client", "invited_by", "sent_at", "expires_at", "accepted_at")
    list_filter = ("role", "client")
    list_select_related = ("client", "invited_by")
    search_fields = ("email",)
    exclude = ("digest",)


@admin.register(AccessAttempt)
class AccessAttemptAdmin(ReadOnlyAdmin):
    """Failed tries to sign in, by name and address."""

    list_display = ("attempt_time", "username", "ip_address", "failures_since_start", "path_info")
    search_fields = ("username", "ip_address")
    exclude = ("get_data", "post_data")
    actions = ("forget",)

    @admin.action(description="Forget: the name can be tried again from there at once")
    def forget(self, request: HttpRequest, attempts: QuerySet[AccessAttempt]) -> None:
        forget_tries(list(attempts), by=cast(User, request.user))
        self.message_user(request, "These tries are forgotten.", messages.SUCCESS)


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "who", "what", "target", "client", "address")
    list_filter = ("what", "client")
    list_select_related = ("who", "client")
    search_fields = ("target", "who__username", "request_id")
    date_hierarchy = "at"
