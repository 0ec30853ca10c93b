"""The fleet over the API: lists of a tenant's things, and the policy of a cluster."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.tenant import TenantView
from apps.accounts.models import Client
from atharva.api.ordering import Ordering

from ..models import Cluster, Notification, Policy, Switch
from ..selectors.lists import unread_first, with_counts, with_places
from ..services.policies import change_policy
from .filters import NoticeFilters, SwitchFilters, notices_asked, switches_asked
from .serializers import ClusterBody, NotificationBody, PolicyBody, SwitchBody


class Clusters(TenantView, ListAPIView[Cluster]):
    """The clusters of one tenant, without those that it took back."""

    serializer_class = ClusterBody
    queryset = Cluster.objects.none()  # for the schema; rows come from get_queryset
    filter_backends = (Ordering,)
    ordering_fields = ("name", "region", "created_at", "nodes")
    ordering = ("name",)

    def get_queryset(self) -> QuerySet[Cluster]:
        client = self.find(Client, self.kwargs["client_id"])
        return with_counts(self.visible(Cluster).filter(client=client, left_at=None))


class Switches(TenantView, ListAPIView[Switch]):
    """The switches of one cluster, the newest first."""

    serializer_class = SwitchBody
    queryset = Switch.objects.none()
    filter_backends = (Ordering,)
    ordering_fields = ("created_at", "finished_at", "saving_hourly_usd", "state")
    ordering = ("-created_at", "id")

    @extend_schema(parameters=[SwitchFilters])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Switch]:
        cluster = self.find(Cluster, self.kwargs["cluster_id"])
        asked = switches_asked(self.request.query_params)
        return with_places(self.visible(Switch).filter(asked, cluster=cluster))


class Notifications(TenantView, ListAPIView[Notification]):
    """Notices of every tenant that the person sees, the unread ones first."""

    serializer_class = NotificationBody
    queryset = Notification.objects.none()

    @extend_schema(parameters=[NoticeFilters])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Notification]:
        return unread_first(self.visible(Notification).filter(notices_asked(self.request.query_params)))


class ClusterPolicy(TenantView):
    """The rules by which a cluster's nodes may be moved."""

    @extend_schema(responses=PolicyBody)
    def get(self, request: Request, cluster_id: UUID) -> Response:
        cluster = self.find(Cluster, cluster_id)
        policy = Policy.objects.filter(cluster=cluster).first() or Policy(cluster=cluster)
        return Response(PolicyBody(policy).data)

    @extend_schema(request=PolicyBody(partial=True), responses=PolicyBody)
    def put(self, request: Request, cluster_id: UUID) -> Response:
        """Change the named fields; the others stay as they are."""
        cluster = self.find(Cluster, cluster_id)
        body = PolicyBody(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        policy = change_policy(cluster, body.validated_data, by=self.person)
        return Response(PolicyBody(policy).data)
