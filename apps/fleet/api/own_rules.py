"""What a tenant says of itself over the API: the prices that it pays, and when its nodes may be disturbed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.tenant import TenantView
from apps.accounts.models import Client
from atharva.api.bodies import KnownFieldsOnly
from atharva.api.ordering import Ordering

from ..models import Cluster, DisruptionBudget, PriceOverlay
from ..services.disruption_budgets import VOLUNTARY, add_budget, remove_budget
from ..services.price_overlays import add_overlay, remove_overlay
from ..statuses import Lifecycle

KINDS = sorted((kind.value, kind.label) for kind in VOLUNTARY)


class PriceOverlayBody(serializers.ModelSerializer[PriceOverlay]):
    """Either a price or a discount."""

    class Meta:
        model = PriceOverlay
        exclude = ("client",)


class NewPriceOverlay(KnownFieldsOnly):
    """A price, or a discount in percent, for the types that a pattern names: `m5.*`, `*.metal`, `*`."""

    instance_types = serializers.CharField(max_length=60, default="*")
    region = serializers.CharField(max_length=30, allow_blank=True, default="")
    lifecycle = serializers.ChoiceField(choices=Lifecycle.choices, default=Lifecycle.ON_DEMAND)
    price_hourly_usd = serializers.DecimalField(
        max_digits=12, decimal_places=6, min_value=0, allow_null=True, default=None
    )
    discount_pct = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=0, max_value=100, allow_null=True, default=None
    )
    note = serializers.CharField(max_length=200, allow_blank=True, default="")
    valid_until = serializers.DateTimeField(allow_null=True, default=None)


class PriceOverlays(TenantView, ListAPIView[PriceOverlay]):
    """What a tenant pays where that is not AWS's list price."""

    serializer_class = PriceOverlayBody
    queryset = PriceOverlay.objects.none()
    filter_backends = (Ordering,)
    ordering_fields = ("instance_types", "valid_until")
    ordering = ("instance_types", "id")

    def get_queryset(self) -> QuerySet[PriceOverlay]:
        client = self.find(Client, self.kwargs["client_id"])
        return self.visible(PriceOverlay).filter(client=client)

    @extend_schema(request=NewPriceOverlay, responses={201: PriceOverlayBody})
    def post(self, request: Request, client_id: UUID) -> Response:
        """Pools are compared at it from the next decision on; savings stay counted against list prices."""
        client = self.find(Client, client_id)
        body = NewPriceOverlay(data=request.data)
        body.is_valid(raise_exception=True)
        overlay = add_overlay(client, by=self.person, **body.validated_data)
        return Response(PriceOverlayBody(overlay).data, status=status.HTTP_201_CREATED)


class OnePriceOverlay(TenantView):
    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, overlay_id: int) -> Response:
        """AWS's own price holds again."""
        remove_overlay(self.find(PriceOverlay, overlay_id), by=self.person)
        return Response(status=status.HTTP_204_NO_CONTENT)


class BudgetBody(serializers.ModelSerializer[DisruptionBudget]):
    """At most so many nodes, or so many percent of them, disturbed at once; of several the smallest holds."""

    kinds = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = DisruptionBudget
        exclude = ("cluster",)


class NewBudget(KnownFieldsOnly):
    """Either `max_nodes` or `max_pct`; for `kinds` (none: every voluntary one), always or from `cron` on."""

    name = serializers.CharField(max_length=80, allow_blank=True, default="")
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=KINDS), default=list)
    max_nodes = serializers.IntegerField(min_value=0, max_value=100_000, allow_null=True, default=None)
    max_pct = serializers.IntegerField(min_value=0, max_value=100, allow_null=True, default=None)
    cron = serializers.CharField(max_length=100, allow_blank=True, default="")
    duration_seconds = serializers.IntegerField(min_value=0, max_value=31 * 86_400, default=0)
    time_zone = serializers.CharField(max_length=60, default="UTC")

    def details(self) -> dict[str, Any]:
        """As the service takes them."""
        details = dict(self.validated_data)
        lasts = timedelta(seconds=details.pop("duration_seconds"))
        return {**details, "duration": lasts}


class Budgets(TenantView, ListAPIView[DisruptionBudget]):
    """A cluster's own budgets, beside the share that its policy lets move at once."""

    serializer_class = BudgetBody
    queryset = DisruptionBudget.objects.none()
    filter_backends = (Ordering,)
    ordering_fields = ("name", "id")
    ordering = ("id",)

    def get_queryset(self) -> QuerySet[DisruptionBudget]:
        cluster = self.find(Cluster, self.kwargs["cluster_id"])
        return self.visible(DisruptionBudget).filter(cluster=cluster)

    @extend_schema(request=NewBudget, responses={201: BudgetBody})
    def post(self, request: Request, cluster_id: UUID) -> Response:
        """It holds from the next decision on. Interruptions are answered whatever it says."""
        cluster = self.find(Cluster, cluster_id)
        body = NewBudget(data=request.data)
        body.is_valid(raise_exception=True)
        budget = add_budget(cluster, by=self.person, **body.details())
        return Response(BudgetBody(budget).data, status=status.HTTP_201_CREATED)


class OneBudget(TenantView):
    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, budget_id: int) -> Response:
        """Nodes are moved as the policy and the other budgets allow."""
        remove_budget(self.find(DisruptionBudget, budget_id), by=self.person)
        return Response(status=status.HTTP_204_NO_CONTENT)
