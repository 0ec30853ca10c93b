"""How few nodes would do for a cluster's pods, and the way there."""

from ..models import Consolidation
from .of_cluster import ClusterPart, ClusterTab


class ConsolidationPart(ClusterPart):
    here = "consolidation"
    template_name = "pipeline/parts/consolidation.html"

    def content(self) -> dict[str, object]:
        found = Consolidation.objects.filter(cluster=self.cluster).order_by("-created_at")
        newest = found.first()
        if newest is None:
            return {"plan": None}
        saving = newest.before_hourly_usd - newest.after_hourly_usd
        return {
            "plan": newest,
            "saving": saving,
            "saving_pct": 100 * saving / newest.before_hourly_usd if newest.before_hourly_usd else 0,
            "earlier": found[1:11],
        }


class ConsolidationPage(ConsolidationPart, ClusterTab):
    template_name = "pipeline/consolidation.html"
