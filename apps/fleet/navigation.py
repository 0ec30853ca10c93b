"""Where the fleet's pages are in the rail."""

from uuid import UUID

from django.urls import reverse

from apps.accounts.models import Role
from atharva.web.navigation import Destination, register


def operations(tenant_id: UUID | None) -> str:
    return reverse("fleet:operations")


def topology(tenant_id: UUID | None) -> str:
    return reverse("fleet:topology", args=[tenant_id]) if tenant_id else ""


def connections(tenant_id: UUID | None) -> str:
    return reverse("fleet:connections", args=[tenant_id]) if tenant_id else ""


def batches(tenant_id: UUID | None) -> str:
    return reverse("fleet:operations_of", args=[tenant_id]) if tenant_id else ""


def register_destinations() -> None:
    """Called once, when Django starts."""
    register(
        Destination("Platform", "Live Operations", "Live", "radio", "l", {Role.ADMIN}, operations),
        Destination("Fleet", "Fleet Topology", "Fleet", "hexagon", "f", {Role.ADMIN, Role.CLIENT}, topology),
        Destination(
            "Tenant", "Connections", "Connect", "plug", "c", {Role.ADMIN, Role.CLIENT}, connections, rank=1
        ),
        Destination(
            "Tenant", "Operations", "Work", "list-checks", "o", {Role.ADMIN, Role.CLIENT}, batches, rank=2
        ),
    )
