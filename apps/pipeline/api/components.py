"""GET /api/admin/components/{id}/logs: what a component did and how it stood, the newest first."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.permissions import IsAdmin
from atharva.api.problems import Missing
from atharva.api.queries import Query

from ..health.standing import lines_of, standing_of
from ..statuses import ComponentKey, ComponentStatus

MOST_LINES = 100
COMPONENT = OpenApiParameter("component", location=OpenApiParameter.PATH, enum=ComponentKey.values)


class LineFilters(Query):
    limit = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_LINES,
        help_text="Without it 5, or 10 since the last change of state while the component is not healthy",
    )


class LineBody(serializers.Serializer[Any]):
    """`status` and `previous` are empty in a line that is no change of state."""

    at = serializers.DateTimeField()
    level = serializers.CharField()
    text = serializers.CharField()
    status = serializers.CharField(allow_blank=True)
    previous = serializers.CharField(allow_blank=True)


class LinesBody(serializers.Serializer[Any]):
    component = serializers.CharField(help_text=", ".join(ComponentKey.values))
    status = serializers.CharField(help_text=", ".join(ComponentStatus.values))
    changed_at = serializers.DateTimeField(allow_null=True)
    results = LineBody(many=True)


class ComponentLogs(APIView):
    permission_classes = (IsAdmin,)

    @extend_schema(parameters=[COMPONENT, LineFilters], responses=LinesBody)
    def get(self, request: Request, component: str) -> Response:
        """The last lines of one component."""
        if component not in ComponentKey.values:
            raise Missing(what="component", id=component)
        limit = LineFilters.asked(request.query_params).get("limit")
        standing = standing_of(ComponentKey(component), timezone.now())
        body = LinesBody(
            {
                "component": standing.key,
                "status": standing.status,
                "changed_at": standing.changed_at,
                "results": lines_of(standing, limit),
            }
        )
        return Response(body.data)
