"""What a cluster's last decision said of each node, with the numbers that decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import Http404

from apps.fleet.statuses import Mode
from atharva.api.pagination import Counted
from atharva.web.lists import address, pager
from atharva.web.tones import Tone

from ..models import PipelineRun
from ..selectors.funnel import funnel_of
from ..selectors.runs import recent_runs, run_of
from .of_cluster import ClusterPart, ClusterTab

ON_A_PAGE = 25
VERDICTS = {"move": (Tone.OK, "arrow-right-left", "Move"), "stay": (Tone.MUTED, "circle-pause", "Stay")}
PARTS = ("cost", "stability", "performance", "capacity")


@dataclass(frozen=True, slots=True)
class RatedView:
    """A pool as it was weighed. `parts` are percentages of each part's best, in the order of PARTS."""

    pool: str
    price: Decimal
    risk: float
    total: float
    parts: list[tuple[str, float]]
    why: str = ""


@dataclass(frozen=True, slots=True)
class NodeView:
    """One node's verdict in words."""

    node: str
    instance: str
    tone: Tone
    icon: str
    label: str
    sentences: list[str]
    saving: Decimal | None
    switch: str
    stay: RatedView | None
    chosen: list[RatedView]
    others: list[RatedView]


@dataclass(frozen=True, slots=True)
class Filter:
    label: str
    href: str
    count: int
    current: bool


class DecisionsPart(ClusterPart):
    here = "decisions"
    template_name = "pipeline/parts/decisions.html"

    def content(self) -> dict[str, object]:
        run = self._run()
        if run is None:
            return {"run": None, "runs": []}
        verdict = self.request.GET.get("verdict", "")
        verdict = verdict if verdict in VERDICTS else ""
        entries = [entry for entry in run.decisions if verdict in ("", entry["verdict"])]
        cut = Counted(entries, ON_A_PAGE).get_page(self.request.GET.get("page"))
        return {
            "run": run,
            "mode": Mode(run.mode),
            "funnel": funnel_of(run),
            "nodes": [node_view(entry) for entry in cut.object_list],
            "pager": pager(self.request.GET, cut),
            "filters": self._filters(run, verdict),
            "runs": recent_runs(self.cluster.pk),
            "is_newest": "run" not in self.request.GET,
        }

    def _run(self) -> PipelineRun | None:
        asked = self.request.GET.get("run")
        if not asked:
            return run_of(self.cluster.pk)
        try:
            found = run_of(self.cluster.pk, UUID(asked))
        except ValueError as error:
            raise Http404 from error
        if found is None:
            raise Http404
        return found

    def _filters(self, run: PipelineRun, current: str) -> list[Filter]:
        moves = sum(entry["verdict"] == "move" for entry in run.decisions)
        counts = {"": len(run.decisions), "move": moves, "stay": len(run.decisions) - moves}
        return [
            Filter(
                label=VERDICTS[verdict][2] if verdict else "All",
                href=address(self.request.GET, verdict=verdict, page=""),
                count=count,
                current=verdict == current,
            )
            for verdict, count in counts.items()
        ]


class DecisionsPage(DecisionsPart, ClusterTab):
    template_name = "pipeline/decisions.html"


def node_view(entry: Mapping[str, Any]) -> NodeView:
    """One entry of a run as its page shows it."""
    tone, icon, label = VERDICTS[entry["verdict"]]
    scores = entry.get("scores", {})
    saving = entry.get("saving_hourly_usd")
    return NodeView(
        node=entry["node"],
        instance=entry["instance"],
        tone=tone,
        icon=icon,
        label=label,
        sentences=list(entry["sentences"]),
        saving=Decimal(saving) if saving is not None else None,
        switch=entry.get("switch") or "",
        stay=_rated(scores["stay"]) if scores.get("stay") else None,
        chosen=[_rated(rated) for rated in scores.get("candidates", ())],
        others=[_rated(rated) for rated in entry.get("alternatives", ())],
    )


def _rated(said: Mapping[str, Any]) -> RatedView:
    return RatedView(
        pool=said["pool"],
        price=Decimal(said["price_hourly_usd"]),
        risk=said["risk"],
        total=said["score"]["total"],
        parts=[(part, 100 * said["score"][part]) for part in PARTS],
        why=said.get("sentence", ""),
    )
