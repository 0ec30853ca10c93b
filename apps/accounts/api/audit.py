"""The audit trail over the API."""

from typing import Any, cast

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from atharva.api.pagination import BoundedPages
from atharva.api.queries import Query

from ..audit_export import csv_of
from ..audit_words import words_of
from ..models import AuditEvent, User
from ..permissions import IsAdmin, IsTenantOrAdmin
from ..selectors.audit import trail_of


class AuditFilters(Query):
    """What the query string may say."""

    who = serializers.CharField(
        required=False, allow_blank=True, max_length=150, help_text="Part of a name; `platform` for itself"
    )
    what = serializers.CharField(required=False, allow_blank=True, max_length=60, help_text="A kind, whole")
    target = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="Words of what was changed"
    )
    since = serializers.DateField(required=False, help_text="The first day, UTC")
    until = serializers.DateField(required=False, help_text="The last day, UTC")
    client = serializers.UUIDField(required=False, help_text="A tenant's id")


class AuditBody(serializers.ModelSerializer[AuditEvent]):
    who = serializers.CharField(
        source="who.username",
        allow_null=True,
        default=None,
        read_only=True,
        help_text="Null for the platform itself",
    )
    what = serializers.CharField(read_only=True, help_text="The kind of change, as a code")
    words = serializers.SerializerMethodField(help_text="The kind of change, in words")
    client_id = serializers.UUIDField(allow_null=True, read_only=True)
    client = serializers.CharField(source="client.name", allow_null=True, default=None, read_only=True)
    address = serializers.IPAddressField(
        source="seen_from", allow_null=True, read_only=True, help_text="Operators' are null to a tenant"
    )
    before = serializers.DictField(allow_null=True, read_only=True)
    after = serializers.DictField(allow_null=True, read_only=True)

    class Meta:
        model = AuditEvent
        fields = (
            "id",
            "at",
            "who",
            "what",
            "words",
            "target",
            "client_id",
            "client",
            "request_id",
            "address",
            "before",
            "after",
        )
        read_only_fields = fields

    def get_words(self, event: AuditEvent) -> str:
        return words_of(event.what)


class TrailView(APIView):
    """For admins the whole trail (scope platform:read), for a tenant's people their own (fleet:read)."""

    permission_classes = (IsAdmin | IsTenantOrAdmin,)

    def trail(self) -> QuerySet[AuditEvent]:
        """What the query string asks for. Raises ValidationError."""
        return trail_of(cast(User, self.request.user), **AuditFilters.asked(self.request.query_params))


class Trail(TrailView, ListAPIView[AuditEvent]):
    """Who changed what, the newest first. `count` stops at 10,000: narrow down what you look for."""

    serializer_class = AuditBody
    pagination_class = BoundedPages
    queryset = AuditEvent.objects.none()  # for the schema; rows come from get_queryset

    @extend_schema(parameters=[AuditFilters])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[AuditEvent]:
        return self.trail()


class AlwaysFirst(BaseContentNegotiation):
    """Whatever is accepted: the answer is CSV, and an error is JSON."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        renderer: BaseRenderer = renderers[0]
        return renderer, renderer.media_type


class TrailAsCsv(TrailView):
    content_negotiation_class = AlwaysFirst

    @extend_schema(
        operation_id="audit_csv_retrieve",
        parameters=[AuditFilters],
        responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, description="One row a change")},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """The same as CSV, whole, however long it is: the newest first, sent while it is read."""
        return StreamingHttpResponse(
            csv_of(self.trail()),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="audit.csv"'},
        )
