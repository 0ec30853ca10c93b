"""A cluster's plans over the API, and trying without doing."""

from uuid import UUID

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.tenant import TenantView
from apps.fleet.models import Cluster
from atharva.api.ordering import Ordering

from ..models import PlacementPlan
from ..placement.dry_run import dry_run
from ..placement.what_if import what_if
from ..selectors.plans import plans_of
from .plan_bodies import DryRunBody, NodeAskedBody, PlanBody, PlanFilters, PlanListBody, WhatIfBody


class Plans(TenantView, ListAPIView[PlacementPlan]):
    """The plans of one cluster, the newest first, without their nodes and pods."""

    serializer_class = PlanListBody
    queryset = PlacementPlan.objects.none()  # for the schema; rows come from get_queryset
    filter_backends = (Ordering,)
    ordering_fields = ("created_at", "price_hourly_usd", "pods", "gap")
    ordering = ("-created_at", "id")

    @extend_schema(parameters=[PlanFilters])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[PlacementPlan]:
        cluster = self.find(Cluster, self.kwargs["cluster_id"])
        asked = PlanFilters.asked(self.request.query_params)
        wanted = Q(purpose__in=asked["purpose"]) if asked.get("purpose") else Q()
        wanted &= Q(state__in=asked["state"]) if asked.get("state") else Q()
        return plans_of(cluster.pk).filter(wanted)


class OnePlan(TenantView):
    """A plan with its packing and the certificate of its bound."""

    @extend_schema(responses=PlanBody)
    def get(self, request: Request, plan_id: UUID) -> Response:
        return Response(PlanBody(self.find(PlacementPlan, plan_id)).data)


class DryRun(TenantView):
    """What would be bought now."""

    @extend_schema(request=DryRunBody, responses={201: PlanBody})
    def post(self, request: Request, cluster_id: UUID) -> Response:
        """Plan the pods that wait, or all of them as if the cluster were bought anew. Nothing is bought."""
        cluster = self.find(Cluster, cluster_id)
        body = DryRunBody(data=request.data)
        body.is_valid(raise_exception=True)
        plan = dry_run(cluster, whole=body.validated_data["whole"])
        return Response(PlanBody(plan).data, status=status.HTTP_201_CREATED)


class WhatIf(TenantView):
    """What if this node goes?"""

    @extend_schema(request=NodeAskedBody, responses=WhatIfBody)
    def post(self, request: Request, cluster_id: UUID) -> Response:
        """Where its pods would go, what keeps some, and the bill. Nothing is done."""
        cluster = self.find(Cluster, cluster_id)
        body = NodeAskedBody(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(WhatIfBody(what_if(cluster, body.validated_data["node"])).data)
