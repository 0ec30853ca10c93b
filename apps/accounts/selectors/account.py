"""What a person sees of their own account."""

from datetime import datetime

from django.db.models import QuerySet

from ..models import TokenFamily, User


def sign_ins_of(user: User, now: datetime) -> QuerySet[TokenFamily]:
    """The sign-ins over the API that still hold, the one used last first."""
    return user.token_families.filter(ended_at=None, expires_at__gt=now).order_by("-refreshed_at", "pk")
