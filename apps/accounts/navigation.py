"""Where the pages of people are in the rail."""

from uuid import UUID

from django.urls import reverse

from atharva.web.navigation import Destination, register

from .models import Role


def team(tenant_id: UUID | None) -> str:
    return reverse("accounts:team", args=[tenant_id]) if tenant_id else ""


def register_destinations() -> None:
    """Called once, when Django starts."""
    register(
        Destination("Tenant", "Team", "Team", "users-round", "t", {Role.ADMIN, Role.CLIENT}, team),
    )
