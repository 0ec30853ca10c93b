import uuid
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models

from .users import User


class Scope(models.TextChoices):
    """What a token may do of what its person may. Reading is apart from changing."""

    FLEET_READ = "fleet:read", "Read fleets, costs and notices"
    FLEET_WRITE = "fleet:write", "Steer fleets: policies, connections, operations"
    PLATFORM_READ = "platform:read", "Read the platform, people and audit (admins)"
    PLATFORM_WRITE = "platform:write", "Operate the platform and manage people (admins)"
    MODELS_READ = "models:read", "Read risk models and predictions (lab, admins)"
    MODELS_WRITE = "models:write", "Change risk models (lab, admins)"


class ApiToken(models.Model):
    """A person's token for scripts. Only its hash is kept; it can do at most what the person can."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token")
    hint = models.CharField(max_length=20, help_text="Its first characters, to tell it from others")
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope))
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API token"
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")),
                name="a_token_expires_after_it_began",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def holds(self, now: datetime) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and now < self.expires_at
