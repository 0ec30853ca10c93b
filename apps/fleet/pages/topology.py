"""Fleet Topology: a tenant's clusters in turn, or each of its switches as it happens."""

from datetime import datetime

from django.utils import timezone

from apps.accounts.models import Client
from apps.accounts.pages import TenantPage, TenantPart
from apps.fleet.selectors.figures import Figures
from apps.fleet.selectors.topology import topology_of

from .clusters import cluster_view
from .words import counted

CYCLE, LIVE = "cycle", "live"


class Topology(TenantPage):
    template_name = "fleet/topology.html"

    def context(self) -> dict[str, object]:
        body = body_context(self.client, self.request.GET.get("view", ""), timezone.now())
        return {"page_title": "Fleet Topology", **body}


class TopologyBody(TenantPart):
    template_name = "fleet/parts/topology_body.html"

    def context(self) -> dict[str, object]:
        return body_context(self.client, self.request.GET.get("view", ""), timezone.now())


def body_context(client: Client, view: str, now: datetime) -> dict[str, object]:
    topology = topology_of(client, now)
    clusters = [cluster_view(cluster, now) for cluster in topology.clusters]
    return {
        "client": client,
        "view": LIVE if view == LIVE else CYCLE,
        "generated_at": now,
        "totals": topology.totals,
        "sentence": sentence(topology.totals),
        "clusters": clusters,
        "stacked": sorted(clusters, key=lambda cluster: not cluster.lanes),
        "finished": topology.finished,
        "ended_last_hour": topology.ended_last_hour,
    }


def sentence(totals: Figures) -> str:
    """The tenant's fleet in one sentence."""
    if not totals.clusters:
        return "Nothing is connected yet."
    moving = f"; {counted(totals.moving, 'node')} moving now" if totals.moving else ""
    return (
        f"{counted(totals.nodes, 'node')} in {counted(totals.clusters, 'cluster')}, "
        f"{totals.spot:,} on spot{moving}."
    )
