import uuid

from django.db import models
from django.db.models import Q


class Client(models.Model):
    """A tenant: the company whose accounts and clusters the platform looks after."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(deleted_at=None), name="one_living_client_a_name"
            )
        ]

    def __str__(self) -> str:
        return self.name
