"""GET /api/pipeline/funnel: how many pools the latest decisions looked at, and what became of them."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.accounts.permissions import IsAdmin
from apps.accounts.tenancy import visible_to
from apps.fleet.models import Cluster
from atharva.api.problems import Missing
from atharva.api.queries import Query

from ..selectors.funnel import latest_funnel


class FunnelFilters(Query):
    cluster_id = serializers.UUIDField(required=False, help_text="Of this cluster alone")


class RejectedBody(serializers.Serializer[Any]):
    reason = serializers.CharField()
    name = serializers.CharField(source="label")
    count = serializers.IntegerField()


class StageBody(serializers.Serializer[Any]):
    """`count` pools are left after the stage, `dropped` fell out at it."""

    key = serializers.CharField()
    name = serializers.CharField()
    count = serializers.IntegerField()
    share_pct = serializers.FloatField()
    description = serializers.CharField()
    dropped = serializers.IntegerField()
    rejected = RejectedBody(many=True)


class FunnelBody(serializers.Serializer[Any]):
    """Summed over the latest run of each of `runs` clusters; `run_id` is the newest of them."""

    stages = StageBody(many=True)
    runs = serializers.IntegerField()
    run_id = serializers.UUIDField(source="run.pk", allow_null=True, default=None)
    cluster_id = serializers.UUIDField(source="run.cluster_id", allow_null=True, default=None)
    finished_at = serializers.DateTimeField(allow_null=True)
    seconds = serializers.FloatField()
    rejected = serializers.DictField(child=serializers.IntegerField())


class PipelineFunnel(APIView):
    permission_classes = (IsAdmin,)

    @extend_schema(parameters=[FunnelFilters], responses=FunnelBody)
    def get(self, request: Request) -> Response:
        """The decision funnel, platform-wide or of one cluster."""
        asked = FunnelFilters.asked(request.query_params).get("cluster_id")
        cluster = None
        if asked is not None:
            cluster = visible_to(cast(User, request.user), Cluster).filter(pk=asked).first()
            if cluster is None:
                raise Missing(what="cluster", id=str(asked))
        return Response(FunnelBody(latest_funnel(cluster)).data)
