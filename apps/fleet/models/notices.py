import uuid

from django.db import models
from django.db.models import Q

from apps.accounts.models import Client

from ..statuses import CloudEventState, NoticeKind
from .access import CloudAccount, Cluster
from .nodes import Instance


class Notification(models.Model):
    """Something a person should know of a tenant's fleet."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="notices")
    cluster = models.ForeignKey(Cluster, null=True, on_delete=models.SET_NULL, related_name="+")
    instance = models.ForeignKey(Instance, null=True, on_delete=models.SET_NULL, related_name="notices")
    kind = models.CharField(max_length=20, choices=NoticeKind)
    text = models.CharField(max_length=300)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            # feeds and the count of row 2.3, newest first
            models.Index(fields=["-created_at"], name="notices_by_time"),
            models.Index(fields=["client", "-created_at"], name="notices_of_client"),
        ]

    def __str__(self) -> str:
        return self.text


class CloudEvent(models.Model):
    """A message of an account's event queue: a row before it is acted on, so that nothing is lost."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(CloudAccount, on_delete=models.CASCADE, related_name="events")
    event_id = models.CharField(max_length=80, help_text="EventBridge's own id; the same event comes twice")
    kind = models.CharField(max_length=80, help_text="EventBridge's detail-type")
    instance_id = models.CharField(max_length=24, blank=True)
    body = models.JSONField()
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=CloudEventState, default=CloudEventState.RECEIVED)
    look_again_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-received_at"]
        constraints = [models.UniqueConstraint(fields=["account", "event_id"], name="an_event_once")]
        indexes = [
            # sweep: received and not yet handled
            models.Index(fields=["look_again_at"], condition=Q(state="received"), name="cloud_events_due"),
            # event feed: messages that could not be handled
            models.Index(fields=["-received_at"], condition=Q(state="dead"), name="cloud_events_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.instance_id}"
