"""The loops' history in the back office, to read."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from .models import Component, Consolidation, Heartbeat, PipelineRun, PlacementPlan, Scrape


class History(ModelAdmin):
    """Rows that only the platform writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Scrape)
class ScrapeAdmin(History):
    list_display = ["source", "region", "started_at", "finished_at", "succeeded_at", "rows", "problem"]
    list_filter = ["source", "region"]


@admin.register(PipelineRun)
class PipelineRunAdmin(History):
    list_display = ["cluster", "trigger", "mode", "started_at", "seconds", "moves", "problem"]
    list_filter = ["trigger", "mode"]
    list_select_related = ["cluster"]
    date_hierarchy = "started_at"


@admin.register(PlacementPlan)
class PlacementPlanAdmin(History):
    list_display = ["cluster", "purpose", "state", "created_at", "pods", "price_hourly_usd", "gap", "seconds"]
    list_filter = ["purpose", "state", "mode"]
    list_select_related = ["cluster"]
    date_hierarchy = "created_at"


@admin.register(Consolidation)
class ConsolidationAdmin(History):
    list_display = ["cluster", "state", "created_at", "nodes_before", "nodes_after", "evictions", "seconds"]
    list_filter = ["state", "mode"]
    list_select_related = ["cluster"]
    date_hierarchy = "created_at"


@admin.register(Component)
class ComponentAdmin(History):
    list_display = ["key", "status", "changed_at", "checked_at", "latency_ms", "detail"]
    list_filter = ["status"]


@admin.register(Heartbeat)
class HeartbeatAdmin(History):
    list_display = ["process", "kind", "started_at", "beat_at", "worked_at", "detail"]
    list_filter = ["kind"]
