"""GET /api/client/clusters/{id}/launches: the nodes that were bought for pods of a cluster."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.tenant import TenantView
from atharva.api.ordering import Ordering

from ..models import Cluster, Launch
from ..selectors.lists import with_purchases
from .filters import LaunchFilters, launches_asked


class LaunchBody(serializers.ModelSerializer[Launch]):
    """A launch. `pool` is the one it was bought in, before that the plan's choice."""

    cluster_id = serializers.UUIDField(read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    pool = serializers.CharField(allow_null=True, read_only=True)
    # The metaclass takes fields out of the class: this one does not hide the serializer's own attribute.
    instance = serializers.CharField(  # type: ignore[assignment]  # a field
        source="instance.ec2_id", default=None, allow_null=True, read_only=True
    )
    node = serializers.CharField(source="instance.node_name", default=None, allow_null=True, read_only=True)
    pods = serializers.IntegerField(source="pod_count", read_only=True)

    class Meta:
        model = Launch
        fields = (
            "id",
            "cluster_id",
            "plan_id",
            "state",
            "state_label",
            "pool",
            "instance",
            "node",
            "pods",
            "binds",
            "bound",
            "attempt",
            "reason",
            "detail",
            "error",
            "created_at",
            "entered_at",
            "finished_at",
        )


class Launches(TenantView, ListAPIView[Launch]):
    """The launches of one cluster, the newest first."""

    serializer_class = LaunchBody
    queryset = Launch.objects.none()
    filter_backends = (Ordering,)
    ordering_fields = ("created_at", "finished_at", "state")
    ordering = ("-created_at", "id")

    @extend_schema(parameters=[LaunchFilters])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Launch]:
        cluster = self.find(Cluster, self.kwargs["cluster_id"])
        asked = launches_asked(self.request.query_params)
        return with_purchases(self.visible(Launch).filter(asked, cluster=cluster))
