"""Where the pages of people are in the rail."""

from uuid import UUID

from django.urls import reverse

from atharva.web.navigation import Destination, register

from .models import Role


def team(tenant_id: UUID | None) -> str:
    return reverse("accounts:team", args=[tenant_id]) if tenant_id else ""


def people(tenant_id: UUID | None) -> str:
    return reverse("accounts:people")


def audit(tenant_id: UUID | None) -> str:
    return reverse("accounts:audit")


def client_audit(tenant_id: UUID | None) -> str:
    return reverse("accounts:client_audit", args=[tenant_id]) if tenant_id else ""


def register_destinations() -> None:
    """Called once, when Django starts."""
    register(
        Destination("Platform", "Client Management", "Clients", "users", "p", {Role.ADMIN}, people, rank=1),
        Destination("Platform", "Platform audit", "Audit", "scroll-text", "a", {Role.ADMIN}, audit, rank=4),
        Destination("Tenant", "Team", "Team", "users-round", "t", {Role.ADMIN, Role.CLIENT}, team, rank=3),
        Destination(
            "Tenant", "Audit", "Audit", "history", "h", {Role.ADMIN, Role.CLIENT}, client_audit, rank=4
        ),
    )
