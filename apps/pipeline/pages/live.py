"""What the pipeline shows on Live Operations: the funnel, its four loops, and the load."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from apps.accounts.pages import AdminPart
from apps.fleet.pages.panels import Column, Panel, register_panels

from ..health.load import Load, system_load
from ..health.standing import Standing, counts, standings
from ..selectors.funnel import Funnel, Rejected, Stage, latest_funnel
from ..statuses import ComponentKey
from .statuses import ICONS, summary

LOOPS = (
    ComponentKey.PRICE_SCRAPER,
    ComponentKey.RISK_ENGINE,
    ComponentKey.COST_OPTIMIZER,
    ComponentKey.K8S_CONTROLLER,
)
# In a box of 100 by 100: a bar, and the slope to the next one.
BAR_WIDTH, LEAST_HEIGHT = 58.0, 4.0
REASONS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """A stage as a bar, with the slope towards the next stage; the reasons that have room under it."""

    stage: Stage
    top: float
    height: float
    slope: str
    reasons: Sequence[Rejected]
    more: int


@dataclass(frozen=True, slots=True)
class FunnelPanel:
    funnel: Funnel
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class Loop:
    standing: Standing
    icon: str


@dataclass(frozen=True, slots=True)
class LoopsPanel:
    loops: Sequence[Loop]
    answer: str
    load: Load


def funnel_panel() -> FunnelPanel:
    funnel = latest_funnel()
    return FunnelPanel(funnel, bars(funnel.stages))


def bars(stages: Sequence[Stage]) -> list[Bar]:
    """The stages drawn; what is not empty is seen, however little it is."""
    heights = [max(stage.share_pct, LEAST_HEIGHT if stage.count else 0.0) for stage in stages]
    return [
        Bar(
            stage=stage,
            top=_top(height),
            height=height,
            slope=_slope(height, heights[index + 1]) if index + 1 < len(heights) else "",
            reasons=stage.rejected[:REASONS_SHOWN],
            more=max(0, len(stage.rejected) - REASONS_SHOWN),
        )
        for index, (stage, height) in enumerate(zip(stages, heights, strict=True))
    ]


def _top(height: float) -> float:
    return round((100 - height) / 2, 2)


def _slope(height: float, following: float) -> str:
    top, then = _top(height), _top(following)
    return f"{BAR_WIDTH},{top} 100,{then} 100,{100 - then} {BAR_WIDTH},{100 - top}"


def loops_panel() -> LoopsPanel:
    now = timezone.now()
    shown = [standing for standing in standings(now) if standing.key in LOOPS]
    return LoopsPanel(
        [Loop(standing, ICONS[standing.status]) for standing in shown],
        summary(counts(shown)),
        system_load(now),
    )


class FunnelPart(AdminPart):
    template_name = "pipeline/parts/funnel.html"

    def context(self) -> dict[str, object]:
        return {"content": funnel_panel()}


class LoopsPart(AdminPart):
    template_name = "pipeline/parts/loops.html"

    def context(self) -> dict[str, object]:
        return {"content": loops_panel()}


def register_live_panels() -> None:
    """Called once, when Django starts."""
    register_panels(
        Panel(
            "funnel",
            Column.MAIN,
            FunnelPart.template_name,
            "pipeline:live_funnel",
            "funnel_updated",
            funnel_panel,
        ),
        Panel(
            "loops",
            Column.SIDE,
            LoopsPart.template_name,
            "pipeline:live_loops",
            "component_changed",
            loops_panel,
        ),
    )
