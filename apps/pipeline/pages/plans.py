"""A cluster's plans for pods that wait: what is bought, how it is packed, and what has no place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import Http404
from django.urls import reverse

from apps.accounts.tenancy import visible_to
from apps.fleet.models import Launch
from apps.fleet.statuses import LaunchState
from atharva.api.pagination import Counted
from atharva.web.frame import Crumb
from atharva.web.lists import pager

from ..models import PlacementPlan
from ..selectors.plans import launches_of, plans_of, waiting_of
from .of_cluster import ClusterPart, ClusterTab, crumbs

ON_A_PAGE = 25
NODES_SHOWN = 60
UNPLACED_SHOWN = 50
# What is drawn of a node; further resources are written beside it.
DRAWN = {"cpu": "CPU", "memory": "memory", "pods": "pods"}


class PlansPart(ClusterPart):
    here = "plans"
    template_name = "pipeline/parts/plans.html"

    def content(self) -> dict[str, object]:
        cut = Counted(plans_of(self.cluster.pk), ON_A_PAGE).get_page(self.request.GET.get("page"))
        return {
            "waiting": waiting_of(self.cluster.pk),
            "plans": cut.object_list,
            "pager": pager(self.request.GET, cut),
        }


class PlansPage(PlansPart, ClusterTab):
    template_name = "pipeline/plans.html"


class PlanPart(ClusterPart):
    """One plan; another tenant's is not found, as if there were none."""

    here = "plans"
    template_name = "pipeline/parts/plan.html"
    plan: PlacementPlan

    def admit(self) -> None:
        super().admit()
        mine = visible_to(self.request.user, PlacementPlan).filter(cluster=self.cluster)
        found = mine.filter(pk=self.kwargs["plan_id"]).first()
        if found is None:
            raise Http404
        self.plan = found

    def content(self) -> dict[str, object]:
        plan = self.plan
        launches = launches_of(plan.pk)
        above = Crumb("Plans", reverse("pipeline:plans_of", args=[self.client.pk, self.cluster.pk]))
        return {
            "page_title": f"Plan of {self.cluster}",
            "crumbs": crumbs(self.client, self.cluster, above, Crumb(f"{plan.created_at:%d %b %H:%M:%S}")),
            "plan": plan,
            "nodes": [packed(node, plan.resources) for node in plan.new_nodes[:NODES_SHOWN]],
            "more_nodes": max(0, len(plan.new_nodes) - NODES_SHOWN),
            "on_nodes": sorted(((name, len(pods)) for name, pods in plan.on_nodes.items()), key=_most),
            "unplaced": plan.unplaced[:UNPLACED_SHOWN],
            "more_unplaced": max(0, len(plan.unplaced) - UNPLACED_SHOWN),
            "launches": [launch_view(launch) for launch in launches],
            "is_open": plan.finished_at is None and any(not _ended(launch) for launch in launches),
        }


class PlanPage(PlanPart, ClusterTab):
    template_name = "pipeline/plan.html"


@dataclass(frozen=True, slots=True)
class Fill:
    """How full one resource of a planned node is."""

    name: str
    used: int
    capacity: int

    @property
    def share_pct(self) -> float:
        return 100 * self.used / self.capacity if self.capacity else 0.0


@dataclass(frozen=True, slots=True)
class PackedView:
    """A node to buy, and how full it will be."""

    title: str
    lifecycle: str
    price: Decimal
    pods: int
    fills: list[Fill]


def packed(node: Mapping[str, Any], resources: Sequence[str]) -> PackedView:
    """A node of a plan, with its fullest resources in view."""
    fills = {
        name: Fill(DRAWN[name], used, capacity)
        for name, used, capacity in zip(resources, node["used"], node["capacity"], strict=True)
        if name in DRAWN and capacity
    }
    return PackedView(
        title=f"{node['type']} {node['zone']}",
        lifecycle=node["lifecycle"],
        price=Decimal(str(node["price"])),
        pods=len(node["pods"]),
        fills=[fills[name] for name in DRAWN if name in fills],
    )


@dataclass(frozen=True, slots=True)
class LaunchView:
    row: Launch
    state: LaunchState
    icon: str


LAUNCH_ICONS = {
    LaunchState.READY: "circle-check",
    LaunchState.FAILED: "octagon-x",
    LaunchState.CANCELLED: "circle-slash",
}


def launch_view(launch: Launch) -> LaunchView:
    """A launch with its word and icon."""
    state = LaunchState(launch.state)
    return LaunchView(launch, state, LAUNCH_ICONS.get(state, "loader"))


def _ended(launch: Launch) -> bool:
    return launch.finished_at is not None


def _most(entry: tuple[str, int]) -> tuple[int, str]:
    return -entry[1], entry[0]
