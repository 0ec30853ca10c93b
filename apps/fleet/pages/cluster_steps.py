"""The three steps of trust as a cluster's page draws them (controls.md: trust in steps)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from apps.fleet.models import Cluster, Policy
from apps.fleet.selectors.estimates import EstimateRow
from apps.fleet.services.trust import is_forward, obstacles
from apps.fleet.statuses import Mode
from atharva.web.templatetags.ui import usd
from atharva.web.tones import Tone

from .clusters import Fact
from .words import counted

# Beyond as many nodes a person types the cluster's name before it becomes active.
NAME_IS_ASKED_ABOVE = 10

WHAT = {
    Mode.OBSERVE: "Nodes, pods and prices are watched, and the saving is estimated. Nothing is changed.",
    Mode.DRY_RUN: "Every decision is made and recorded with its reasons. Nothing is carried out.",
    Mode.ACTIVE: "Decisions are carried out: first the replacement, then the pods, then the old node.",
}
SENTENCES = {
    Mode.OBSERVE: "Watched and estimated; nothing is changed.",
    Mode.DRY_RUN: "Decided and recorded; nothing is carried out.",
    Mode.ACTIVE: "Nodes move when it is worth it, within the limits below.",
}
TONES = {Mode.OBSERVE: Tone.MUTED, Mode.DRY_RUN: Tone.INFO, Mode.ACTIVE: Tone.OK}
ICONS = {Mode.OBSERVE: "eye", Mode.DRY_RUN: "clipboard-list", Mode.ACTIVE: "arrow-left-right"}


@dataclass(frozen=True, slots=True)
class TrustStep:
    """`state` is done, now or todo; `facts` are what a person confirms before going there."""

    mode: Mode
    state: str
    what: str
    icon: str
    obstacles: Sequence[str]
    facts: Sequence[Fact]
    asks_name: bool

    @property
    def is_here(self) -> bool:
        return self.state == "now"

    @property
    def is_back(self) -> bool:
        return self.state == "done"

    @property
    def is_open(self) -> bool:
        """Whether one may go forward to it now."""
        return self.state == "todo" and not self.obstacles


def trust_steps(
    cluster: Cluster, policy: Policy, nodes: int, estimate: EstimateRow | None
) -> list[TrustStep]:
    """All three, in their order."""
    here = Mode(policy.mode)
    return [
        TrustStep(
            mode=mode,
            state=_state(here, mode),
            what=WHAT[mode],
            icon=ICONS[mode],
            obstacles=obstacles(cluster, mode) if is_forward(here, mode) else [],
            facts=facts_of(mode, policy, nodes, estimate),
            asks_name=asks_name(mode, nodes),
        )
        for mode in Mode
    ]


def asks_name(mode: Mode, nodes: int) -> bool:
    """Whether the step is so large that its confirmation is typed."""
    return mode == Mode.ACTIVE and nodes > NAME_IS_ASKED_ABOVE


def facts_of(mode: Mode, policy: Policy, nodes: int, estimate: EstimateRow | None) -> list[Fact]:
    """What changes with the step, and how it is undone."""
    if mode != Mode.ACTIVE:
        return [Fact("Changes", WHAT[mode]), Fact("Way back", "One click, at any time.")]
    at_once = ceil(nodes * policy.max_moving_pct / 100)
    cooldown = span(timedelta(seconds=policy.cooldown_seconds))
    facts = [
        Fact("At once", f"At most {at_once} of {counted(nodes, 'node')} move at the same time."),
        Fact("Pace", f"At most {policy.moves_per_hour} an hour; a node that moved stays for {cooldown}."),
        Fact("Budgets", "Every PodDisruptionBudget is kept. Pods are asked to leave, never forced."),
        Fact("Way back", "One click, at any time; a move under way is brought to its end."),
    ]
    if estimate is not None:
        saving = f"About {usd(estimate.saving_hourly_usd)} an hour once all is moved, by the estimate."
        facts.insert(3, Fact("Saves", saving))
    return facts


def span(time: timedelta) -> str:
    """`45 min`, `2 h`, `1 h 30 min`."""
    hours, minutes = divmod(round(time.total_seconds() / 60), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _state(here: Mode, mode: Mode) -> str:
    if mode == here:
        return "now"
    return "todo" if is_forward(here, mode) else "done"
