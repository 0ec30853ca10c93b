"""Where the lab's pages are in the rail."""

from uuid import UUID

from django.urls import reverse

from apps.accounts.models import Role
from atharva.web.navigation import Destination, register


def lab(tenant_id: UUID | None) -> str:
    return reverse("mlops:lab")


def register_destinations() -> None:
    """Called once, when Django starts."""
    register(
        Destination("Lab", "Risk model", "Model", "flask-conical", "r", {Role.LAB, Role.ADMIN}, lab, rank=3)
    )
