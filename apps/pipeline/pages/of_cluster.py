"""What the pages about one cluster's decisions share: the cluster, its tabs, and where one is."""

from typing import ClassVar

from django.urls import reverse

from apps.accounts.models import Client
from apps.accounts.pages import TenantPage
from apps.fleet.models import Cluster
from apps.fleet.pages.cluster import OfCluster
from atharva.web.frame import Crumb

# The tabs that lie here; the first, the cluster's own page, is the fleet's.
TABS = {
    "decisions": "Decisions",
    "plans": "Plans",
    "consolidation": "Consolidation",
    "rightsizing": "Rightsizing",
    "policy": "Policy",
}


def crumbs(client: Client, cluster: Cluster, *further: Crumb) -> list[Crumb]:
    """Connections, the cluster, and what lies below."""
    return [
        Crumb("Connections", reverse("fleet:connections", args=[client.pk])),
        Crumb(cluster.name, reverse("fleet:cluster", args=[client.pk, cluster.pk])),
        *further,
    ]


class ClusterPart(OfCluster):
    """A fragment below one of a cluster's tabs."""

    here: ClassVar[str]

    def content(self) -> dict[str, object]:
        """What the fragment shows beside the cluster itself."""
        raise NotImplementedError

    def context(self) -> dict[str, object]:
        label = TABS[self.here]
        return {
            "page_title": f"{label} of {self.cluster}",
            "client": self.client,
            "cluster": self.cluster,
            "here": self.here,
            "crumbs": crumbs(self.client, self.cluster, Crumb(label)),
            **self.content(),
        }


class ClusterTab(ClusterPart, TenantPage):
    """A whole page of a tab."""
