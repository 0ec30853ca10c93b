from django.db import models

from .clients import Client
from .users import User


class AuditEvent(models.Model):
    """Who changed what, from what to what. Rows are added; the database refuses to change or delete one."""

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
            models.Index(fields=["client", "-at"], name="audit_of_client"),
            # the whole trail by pages, and its export by chunks, newest first
            models.Index(fields=["-at", "-id"], name="audit_by_time"),
            # what one person did, or what was done of one kind, newest first
            models.Index(fields=["who", "-at"], name="audit_of_person"),
            models.Index(fields=["what", "-at"], name="audit_of_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.target}"
