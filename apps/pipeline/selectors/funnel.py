"""The funnel of the latest decisions: how many pools each stage left, and why the others fell out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery

from apps.fleet.models import Cluster

from ..models import PipelineRun

STAGES = ("scanned", "static_filters", "ml_prediction", "final_selection")
NAMES = ("Pools scanned", "Static filters", "Risk prediction", "Final selection")
DESCRIPTIONS = (
    "Spot pools (instance type and zone) of the clusters' regions with a known market.",
    "Left after what the policy, the node templates and AWS rule out before any model is asked.",
    "Left after the upper estimate of an interruption within the hour is held against the policy's ceiling.",
    "Chosen as a place for at least one node that should move.",
)
# A few words for each reason; the sentence with its numbers stands at each node's decision.
REASONS: Mapping[str, str] = {
    "not_priced": "No price known",
    "architecture": "Architecture not allowed",
    "no_template": "No node template for it",
    "other_architecture": "Not the nodes' architecture",
    "no_subnet": "No subnet in its zone",
    "family": "Family not allowed",
    "generation": "Generation too old",
    "above_on_demand": "Dearer than on-demand",
    "set_aside": "No capacity of late",
    "quota": "vCPU quota reached",
    "too_small": "Holds no node's pods",
    "price_fresh": "Price not steady yet",
    "too_risky": "Risk above the ceiling",
    "dearer": "Costs more than the node",
    "ranked_lower": "Another pool scores better",
    "last_resort": "On-demand is the last resort",
    "not_chosen": "No node gains by it",
}


@dataclass(frozen=True, slots=True)
class Rejected:
    """One reason, and how many pools fell out for it."""

    reason: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Stage:
    """`count` pools are left after it, `dropped` fell out at it; the most frequent reason comes first."""

    key: str
    name: str
    description: str
    count: int
    share_pct: float
    dropped: int
    rejected: Sequence[Rejected]


@dataclass(frozen=True, slots=True)
class Funnel:
    """Of the latest run of each cluster, summed. `run` is the newest of them."""

    stages: Sequence[Stage]
    runs: int
    run: PipelineRun | None
    seconds: float

    @property
    def finished_at(self) -> datetime | None:
        return self.run.started_at + timedelta(seconds=self.run.seconds) if self.run else None

    @property
    def rejected(self) -> dict[str, int]:
        """All reasons of all stages, the most frequent first."""
        every: Counter[str] = Counter()
        for stage in self.stages:
            every.update({each.reason: each.count for each in stage.rejected})
        return dict(every.most_common())


def latest_funnel(cluster: Cluster | None = None) -> Funnel:
    """The funnel of one cluster's latest run, or of all clusters' latest ones. One query."""
    clusters = Cluster.objects.in_use()
    if cluster is not None:
        clusters = clusters.filter(pk=cluster.pk)
    latest = PipelineRun.objects.filter(cluster=OuterRef("pk")).order_by("-started_at").values("pk")[:1]
    runs = list(
        PipelineRun.objects.filter(pk__in=clusters.annotate(run=Subquery(latest)).values("run"))
        .defer("decisions")
        .select_related("cluster")
        .order_by("-started_at")
    )
    return Funnel(
        stages=_stages(runs),
        runs=len(runs),
        run=runs[0] if runs else None,
        seconds=sum(run.seconds for run in runs),
    )


def funnel_of(run: PipelineRun) -> Funnel:
    """The funnel of one run."""
    return Funnel(stages=_stages([run]), runs=1, run=run, seconds=run.seconds)


def _stages(runs: Sequence[PipelineRun]) -> list[Stage]:
    left = [sum(getattr(run, key) for run in runs) for key in STAGES]
    made = []
    for index, key in enumerate(STAGES):
        dropped = left[index - 1] - left[index] if index else 0
        made.append(
            Stage(
                key=key,
                name=NAMES[index],
                description=DESCRIPTIONS[index],
                count=left[index],
                share_pct=round(100 * left[index] / left[0], 1) if left[0] else 0.0,
                dropped=dropped,
                rejected=_rejected(runs, key, dropped),
            )
        )
    return made


def _rejected(runs: Sequence[PipelineRun], stage: str, dropped: int) -> list[Rejected]:
    """The stage's reasons; at the last stage most pools fall out for none but that nobody wants them."""
    reasons: Counter[str] = Counter()
    for run in runs:
        reasons.update(run.rejections.get(stage, {}))
    if stage == STAGES[-1] and (rest := dropped - reasons.total()) > 0:
        reasons["not_chosen"] += rest
    return [
        Rejected(reason, REASONS.get(reason) or reason.replace("_", " ").capitalize(), count)
        for reason, count in reasons.most_common()
        if count
    ]
