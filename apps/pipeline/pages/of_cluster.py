"""What the pages about one cluster's decisions share: the cluster, its tabs, and where one is."""

from dataclasses import dataclass
from typing import ClassVar

from django.urls import reverse

from apps.accounts.models import Client
from apps.accounts.pages import TenantPage
from apps.fleet.models import Cluster
from apps.fleet.pages.cluster import OfCluster
from atharva.web.frame import Crumb


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    href: str
    is_here: bool


TABS = {
    "decisions": ("Decisions", "pipeline:decisions_of"),
    "plans": ("Plans", "pipeline:plans_of"),
    "consolidation": ("Consolidation", "pipeline:consolidation_of"),
    "rightsizing": ("Rightsizing", "pipeline:rightsizing_of"),
    "policy": ("Policy", "pipeline:policy_of"),
}


def tabs(cluster: Cluster, here: str) -> list[Tab]:
    """The cluster's own page first, then these."""
    where = [cluster.client_id, cluster.pk]
    own = Tab("Overview", reverse("fleet:cluster", args=where), here == "")
    return [own, *(Tab(label, reverse(name, args=where), key == here) for key, (label, name) in TABS.items())]


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

    def shown(self) -> dict[str, object]:
        """What the fragment shows beside the cluster itself."""
        raise NotImplementedError

    def context(self) -> dict[str, object]:
        label, _ = TABS[self.here]
        return {
            "page_title": f"{label} of {self.cluster}",
            "client": self.client,
            "cluster": self.cluster,
            "tabs": tabs(self.cluster, self.here),
            "crumbs": crumbs(self.client, self.cluster, Crumb(label)),
            **self.shown(),
        }


class ClusterTab(ClusterPart, TenantPage):
    """A whole page of a tab."""
