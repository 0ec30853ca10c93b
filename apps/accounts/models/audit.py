from django.db import models

from .clients import Client
from .users import User


class AuditEvent(models.Model):
    """Who changed what, from what to what. Rows are added and never changed."""

    at = models.DateTimeField(auto_now_add=True)
    who = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    client = models.ForeignKey(Client, null=True, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=60)
    target = models.CharField(max_length=200)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    address = models.GenericIPAddressField(null=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            # a tenant's own part of the trail, newest first
            models.Index(fields=["client", "-at"], name="audit_of_client")
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.target}"
