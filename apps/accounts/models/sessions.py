import uuid

from django.db import models
from django.db.models import Q

from .users import User


class EndedBecause(models.TextChoices):
    SIGNED_OUT = "signed_out", "Signed out"
    CHANGED = "changed", "Password, role or status changed"
    REUSED = "reused", "A used refresh token came again"


class TokenFamily(models.Model):
    """One sign-in over the API: the refresh token that stands now, and all that it replaced.

    Every access and refresh token names its family, so that ending the row ends them all at once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="token_families")
    refresh_id = models.CharField(max_length=32, help_text="The `jti` of the one refresh token that holds")
    created_at = models.DateTimeField(auto_now_add=True)
    refreshed_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=10, choices=EndedBecause, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "token families"
        ordering = ["-created_at"]
        indexes = [
            # ending all of a person's
            models.Index(fields=["user"], condition=Q(ended_at=None), name="living_token_families"),
            # the sweep that forgets expired ones
            models.Index(fields=["expires_at"], name="token_families_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} since {self.created_at:%Y-%m-%d %H:%M}"
