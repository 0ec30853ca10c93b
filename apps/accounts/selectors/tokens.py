"""What is read of API tokens."""

from django.db.models import QuerySet

from ..models import ApiToken, User


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """A person's tokens that are not revoked, the newest first; expired ones too: that is why they fail."""
    return ApiToken.objects.filter(user=user, revoked_at=None).order_by("-created_at", "pk")
