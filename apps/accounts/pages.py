"""Bases of the pages by whom they are for."""

from typing import cast

from django.http import Http404

from atharva.live import streams
from atharva.web.frame import Place
from atharva.web.views import Guarded, Page, at_stream

from .models import Client, Role, User
from .tenancy import visible_to


class AdminPart(Guarded):
    """A fragment of a page for operators."""

    roles = frozenset({Role.ADMIN})


class AdminPage(AdminPart, Page):
    """A page about the whole platform."""

    def place(self) -> Place:
        return at_stream(streams.ADMIN, "/ws/admin/live")


class TenantPart(Guarded):
    """A fragment about the tenant that the address names; another's is not found, as if there were none."""

    roles = frozenset({Role.ADMIN, Role.CLIENT})
    client: Client

    def admit(self) -> None:
        seen = visible_to(self.request.user, Client).filter(deleted_at=None)
        client = seen.filter(pk=self.kwargs["client_id"]).first()
        if client is None:
            raise Http404
        self.client = client


class TenantPage(TenantPart, Page):
    """A page about one tenant."""

    def place(self) -> Place:
        return place_of(self.client)


class PersonPage(Page):
    """A page about the person who looks at it."""

    roles = frozenset(Role)

    def place(self) -> Place:
        user = cast(User, self.request.user)  # Guarded has let nobody else in
        if user.role == Role.ADMIN:
            return at_stream(streams.ADMIN, "/ws/admin/live")
        return place_of(user.client) if user.client else Place()


def place_of(client: Client) -> Place:
    """The place of what is about `client`."""
    return at_stream(
        streams.of_client(client.pk),
        f"/ws/client/{client.pk}/live",
        tenant_id=client.pk,
        tenant_name=client.name,
    )
