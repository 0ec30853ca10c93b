"""What a cluster's workloads ask for, use, and should ask for."""

from atharva.api.pagination import Counted
from atharva.web.lists import pager

from ..models import WorkloadUsage
from ..rightsizing.selectors import rightsized, usage_of
from .of_cluster import ClusterPart, ClusterTab

ON_A_PAGE = 50


class RightsizingPart(ClusterPart):
    here = "rightsizing"
    template_name = "pipeline/parts/rightsizing.html"

    def content(self) -> dict[str, object]:
        rows = WorkloadUsage.objects.filter(cluster=self.cluster)
        every = self.request.GET.get("show") == "all"
        cut = Counted(usage_of(rows, advised=None if every else True), ON_A_PAGE).get_page(
            self.request.GET.get("page")
        )
        return {
            "total": rightsized(rows),
            "every": every,
            "workloads": cut.object_list,
            "pager": pager(self.request.GET, cut),
        }


class RightsizingPage(RightsizingPart, ClusterTab):
    template_name = "pipeline/rightsizing.html"
