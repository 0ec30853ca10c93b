import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from .clients import Client
from .users import Role, User


class Invitation(models.Model):
    """A seat kept for somebody: who follows the link in the e-mail chooses a password and is in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role)
    client = models.ForeignKey(
        Client, null=True, blank=True, on_delete=models.CASCADE, related_name="invitations"
    )
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of the link's secret; empty until the e-mail is sent"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                Upper("email"),
                condition=Q(accepted_at=None, withdrawn_at=None),
                name="one_open_invitation_an_address",
            ),
            models.CheckConstraint(
                condition=~Q(role="client") | Q(client__isnull=False), name="a_client_is_invited_to_a_tenant"
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def is_open(self, now: datetime) -> bool:
        """Whether it can still be accepted."""
        return self.accepted_at is None and self.withdrawn_at is None and now < self.expires_at
