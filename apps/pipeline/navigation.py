"""Where the loops' pages are in the rail."""

from uuid import UUID

from django.urls import reverse

from apps.accounts.models import Role
from atharva.web.navigation import Destination, register


def system_monitor(tenant_id: UUID | None) -> str:
    return reverse("pipeline:system_monitor")


def register_destinations() -> None:
    """Called once, when Django starts."""
    register(
        Destination("Platform", "System Monitor", "Monitor", "activity", "m", {Role.ADMIN}, system_monitor)
    )
