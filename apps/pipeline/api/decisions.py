"""GET /api/client/clusters/{id}/decisions: what was decided of each node, and why."""

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.tenant import TenantView
from apps.fleet.models import Cluster
from atharva.api.ordering import Ordering
from atharva.api.pagination import BoundedPages
from atharva.api.queries import Query

from ..decision.reasons import Reason
from ..models import PipelineRun, Trigger

VERDICTS = ("move", "stay")


class ScoreBody(serializers.Serializer[Any]):
    """Four parts in 0 to 1, and their sum by the policy's weights."""

    cost = serializers.FloatField()
    stability = serializers.FloatField()
    performance = serializers.FloatField()
    capacity = serializers.FloatField()
    total = serializers.FloatField()


class RatedBody(serializers.Serializer[Any]):
    """A pool as it was weighed. `risk` is of an interruption within an hour, at its upper quantile."""

    pool = serializers.CharField()
    price_hourly_usd = serializers.CharField()
    risk = serializers.FloatField()
    score = ScoreBody()


class AlternativeBody(RatedBody):
    """A pool that was not chosen, and the numbers that decided so."""

    reason = serializers.CharField()
    sentence = serializers.CharField()


class ScoresBody(serializers.Serializer[Any]):
    stay = RatedBody(allow_null=True)
    candidates = RatedBody(many=True)


class EntryBody(serializers.Serializer[Any]):
    """One node. What belongs to a move is there where `verdict` is `move`."""

    instance = serializers.CharField()
    node = serializers.CharField()
    verdict = serializers.ChoiceField(choices=VERDICTS)
    reasons = serializers.ListField(child=serializers.CharField())
    sentences = serializers.ListField(child=serializers.CharField())
    scores = ScoresBody(required=False)
    alternatives = AlternativeBody(many=True, required=False)
    kind = serializers.CharField(required=False)
    candidates = serializers.ListField(child=serializers.CharField(), required=False)
    saving_hourly_usd = serializers.CharField(required=False)
    switch = serializers.UUIDField(required=False, allow_null=True)


class DecisionBody(serializers.ModelSerializer[PipelineRun]):
    """One run. `held_by` says why its moves were recorded and not begun."""

    decisions = serializers.SerializerMethodField()

    class Meta:
        model = PipelineRun
        fields = (
            "id",
            "trigger",
            "mode",
            "started_at",
            "seconds",
            "moves",
            "held_by",
            "problem",
            "decisions",
        )

    @extend_schema_field(EntryBody(many=True))
    def get_decisions(self, run: PipelineRun) -> list[dict[str, Any]]:
        asked = self.context["asked"]
        return [entry for entry in run.decisions if _is_asked(entry, asked)]


class DecisionsAsked(Query):
    verdict = serializers.ChoiceField(choices=VERDICTS, required=False, help_text="Only these entries")
    reason = serializers.ChoiceField(
        choices=[reason.value for reason in Reason], required=False, help_text="Only entries with it"
    )
    trigger = serializers.ChoiceField(choices=Trigger.choices, required=False, help_text="Only these runs")
    moves = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="Only runs in which something should move"
    )


class FewRuns(BoundedPages):
    """A run has an entry a node: a page of fifty would be megabytes."""

    page_size = 5
    max_page_size = 50


class Decisions(TenantView, ListAPIView[PipelineRun]):
    """The decisions on a cluster, the newest first, each with what becomes of every node and why."""

    serializer_class = DecisionBody
    pagination_class = FewRuns
    queryset = PipelineRun.objects.none()
    filter_backends = (Ordering,)
    ordering_fields = ("started_at", "moves")
    ordering = ("-started_at", "id")

    @extend_schema(parameters=[DecisionsAsked])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[PipelineRun]:
        cluster = self.find(Cluster, self.kwargs["cluster_id"])
        asked = DecisionsAsked.asked(self.request.query_params)
        return self.visible(PipelineRun).filter(_condition(asked), cluster=cluster)

    def get_serializer_context(self) -> dict[str, Any]:
        return {
            **super().get_serializer_context(),
            "asked": DecisionsAsked.asked(self.request.query_params) if self.request else {},
        }


def _condition(asked: dict[str, Any]) -> Q:
    """The runs that are asked for."""
    condition = Q(trigger=asked["trigger"]) if "trigger" in asked else Q()
    match asked["moves"]:
        case True:
            condition &= Q(moves__gt=0)
        case False:
            condition &= Q(moves=0)
    return condition


def _is_asked(entry: dict[str, Any], asked: dict[str, Any]) -> bool:
    if entry["verdict"] != asked.get("verdict", entry["verdict"]):
        return False
    return "reason" not in asked or asked["reason"] in entry["reasons"]
