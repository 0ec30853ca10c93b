"""The shapes of the calls about operations."""

from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from rest_framework import serializers

from atharva.api.queries import Query

from ..models import Operation, OperationItem
from ..statuses import ItemState, OperationKind, OperationStatus


class TallyBody(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    skipped = serializers.IntegerField()
    failed = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    running = serializers.IntegerField()
    waiting = serializers.IntegerField()


class GroupBody(TallyBody):
    key = serializers.CharField(allow_blank=True)
    name = serializers.CharField()


class LinksBody(serializers.Serializer[Operation]):
    """Where to read on, what one may do, and where it is told live."""

    # The metaclass takes fields out of the class: none hides an attribute of the serializer.
    items = serializers.SerializerMethodField()
    cancel = serializers.SerializerMethodField()
    retry = serializers.SerializerMethodField()
    live = serializers.SerializerMethodField()

    def get_items(self, operation: Operation) -> str:
        return reverse("api-operation-items", args=[operation.pk])

    def get_cancel(self, operation: Operation) -> str:
        return reverse("api-operation-cancel", args=[operation.pk])

    def get_retry(self, operation: Operation) -> str:
        return reverse("api-operation-retry", args=[operation.pk])

    def get_live(self, operation: Operation) -> str:
        return f"/ws/operations/{operation.pk}"


class OperationBody(TallyBody):
    """Batch work: how far it is, altogether and by group. `result` is there once it has ended."""

    id = serializers.UUIDField(source="operation.pk")
    kind = serializers.CharField(source="operation.kind", help_text=", ".join(OperationKind.values))
    kind_label = serializers.CharField(source="operation.get_kind_display")
    title = serializers.CharField(source="operation.title")
    status = serializers.CharField(source="operation.status", help_text=", ".join(OperationStatus.values))
    status_label = serializers.CharField(source="operation.get_status_display")
    client_id = serializers.UUIDField(source="operation.client_id", allow_null=True)
    cluster_id = serializers.UUIDField(source="operation.cluster_id", allow_null=True)
    requested_by = serializers.CharField(source="operation.requested_by.name", default=None, allow_null=True)
    progress_pct = serializers.FloatField()
    groups = GroupBody(many=True)
    created_at = serializers.DateTimeField(source="operation.created_at")
    started_at = serializers.DateTimeField(source="operation.started_at", allow_null=True)
    cancelled_at = serializers.DateTimeField(source="operation.cancelled_at", allow_null=True)
    finished_at = serializers.DateTimeField(source="operation.finished_at", allow_null=True)
    result = serializers.JSONField(source="operation.result", allow_null=True)
    links = LinksBody(source="operation")


class ItemBody(serializers.ModelSerializer[OperationItem]):
    """One target. `detail` says how it is with it, and of one that failed why."""

    state_label = serializers.CharField(source="get_state_display", read_only=True)

    class Meta:
        model = OperationItem
        fields = (
            "id",
            "name",
            "target",
            "group",
            "state",
            "state_label",
            "step",
            "detail",
            "entered_at",
            "finished_at",
        )


class OperationFilters(Query):
    kind = serializers.MultipleChoiceField(choices=OperationKind.choices, required=False)
    status = serializers.MultipleChoiceField(choices=OperationStatus.choices, required=False)
    cluster = serializers.UUIDField(required=False)
    client = serializers.UUIDField(required=False)


class ItemFilters(Query):
    state = serializers.MultipleChoiceField(choices=ItemState.choices, required=False)
    group = serializers.CharField(required=False, allow_blank=True)


def asked(filters: type[Query], query: QueryDict) -> Q:
    """What a query string asks for: of each name one of its values. Raises ValidationError."""
    condition = Q()
    for name, value in filters.asked(query).items():
        if isinstance(value, list):
            condition &= Q(**{f"{name}__in": value}) if value else Q()
        else:
            condition &= Q(**{name: value})
    return condition
