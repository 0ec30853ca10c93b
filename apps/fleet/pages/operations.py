"""Live Operations: the platform at one glance, for operators."""

from datetime import datetime

from django.utils import timezone

from apps.accounts.pages import AdminPage, AdminPart
from apps.fleet.models import Cluster
from apps.fleet.selectors.events import platform_events
from apps.fleet.selectors.figures import ClusterFigures, Figures, clusters_with_figures, total
from apps.fleet.selectors.overview import overview
from apps.fleet.selectors.tenants import tenant_rows

from .cards import cards
from .panels import Column, filled
from .words import counted


class LiveOperations(AdminPage):
    template_name = "fleet/live_operations.html"

    def context(self) -> dict[str, object]:
        now = timezone.now()
        clusters = all_clusters(now)
        return {
            "page_title": "Live Operations",
            **cards_context(clusters, now),
            "tenants": tenant_rows(clusters),
            "events": platform_events(),
            "main_panels": filled(Column.MAIN),
            "side_panels": filled(Column.SIDE),
        }


class LiveCards(AdminPart):
    template_name = "fleet/parts/cards.html"

    def context(self) -> dict[str, object]:
        now = timezone.now()
        return cards_context(all_clusters(now), now)


class LiveTenants(AdminPart):
    template_name = "fleet/parts/tenants.html"

    def context(self) -> dict[str, object]:
        return {"tenants": tenant_rows(all_clusters(timezone.now()))}


class LiveEvents(AdminPart):
    template_name = "fleet/parts/events.html"

    def context(self) -> dict[str, object]:
        return {"events": platform_events()}


def all_clusters(now: datetime) -> list[ClusterFigures]:
    return clusters_with_figures(Cluster.objects.in_use(), now)


def cards_context(clusters: list[ClusterFigures], now: datetime) -> dict[str, object]:
    fleet = total(cluster.figures for cluster in clusters)
    return {"answer": answer(fleet), "generated_at": now, "cards": cards(overview(fleet, now))}


def answer(fleet: Figures) -> str:
    """What an operator wants to know first, in a sentence."""
    where = f"{counted(fleet.nodes, 'node')} in {counted(fleet.clusters, 'cluster')}"
    if fleet.unreachable:
        return f"{where}; {counted(fleet.unreachable, 'cluster')} cannot be reached."
    if fleet.interrupted:
        return f"{where}; AWS takes {counted(fleet.interrupted, 'node')}."
    if fleet.not_ready:
        return f"{where}; {counted(fleet.not_ready, 'node')} not ready."
    if fleet.moving:
        return f"{where}, all operational; {fleet.moving} moving."
    return f"{where}, all operational."
