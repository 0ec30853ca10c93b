"""What a drain of a node would do now, pod by pod."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from apps.fleet.kube.port import SeenBudget, SeenPod

from .protection import protection_of
from .selectors import matches


class Obstacle(StrEnum):
    """What keeps a pod where it is."""

    PROTECTED = "protected"
    BARE = "bare"
    SEVERAL_BUDGETS = "several_budgets"
    BUDGET = "budget"

    @property
    def is_passing(self) -> bool:
        """Whether asking again is the way: a budget is refilled by itself, the others are not."""
        return self is Obstacle.BUDGET


@dataclass(frozen=True, slots=True)
class Blocker:
    pod: SeenPod
    obstacle: Obstacle
    reason: str  # a sentence that names the pod, and the budget where there is one


@dataclass(frozen=True, slots=True)
class DrainPlan:
    """`evictable` pods in the order in which they go, `leaving` ones on their way out, `staying` ones.

    A pod whose budget allows nothing now is evictable and has a blocker beside: the API is asked anyway, and
    decides. A pod with another blocker is in none of the three.
    """

    evictable: tuple[SeenPod, ...] = ()
    leaving: tuple[SeenPod, ...] = ()
    staying: tuple[SeenPod, ...] = ()
    blockers: tuple[Blocker, ...] = ()

    @property
    def refusals(self) -> tuple[Blocker, ...]:
        """The blockers that no waiting takes away by itself (or only the end of an annotation)."""
        return tuple(blocker for blocker in self.blockers if not blocker.obstacle.is_passing)

    @property
    def is_empty(self) -> bool:
        """Whether every pod that has to leave has left."""
        return not (self.evictable or self.leaving or self.refusals)


def plan_drain(
    pods: Iterable[SeenPod],
    budgets: Sequence[SeenBudget],
    *,
    evict_bare_pods: bool,
    voluntary: bool,
    now: datetime,
) -> DrainPlan:
    """What leaves a node, what stays on it, and who stands in the way.

    `voluntary`: whether do-not-disrupt is heard; when AWS takes the node anyway, leaving in order is better.
    """
    evictable: list[tuple[bool, SeenPod]] = []
    leaving: list[SeenPod] = []
    staying: list[SeenPod] = []
    blockers: list[Blocker] = []
    for pod in pods:
        if pod.is_daemon or pod.is_mirror or pod.is_finished:
            staying.append(pod)
            continue
        if pod.terminating:
            leaving.append(pod)
            continue
        blocker = _refusal(pod, budgets, evict_bare_pods, now if voluntary else None)
        blocker = blocker or _waiting(pod, budgets)
        if blocker is not None:
            blockers.append(blocker)
        if blocker is None or blocker.obstacle.is_passing:
            evictable.append((blocker is not None, pod))
    evictable.sort(key=lambda entry: _order(*entry))
    return DrainPlan(tuple(pod for _, pod in evictable), tuple(leaving), tuple(staying), tuple(blockers))


def _order(waits: bool, pod: SeenPod) -> tuple[bool, int, str, str]:
    """Who can go goes first; among them who takes the longest to stop, so that the whole ends sooner."""
    return waits, -pod.grace_seconds, pod.namespace, pod.name


def _refusal(
    pod: SeenPod, budgets: Sequence[SeenBudget], evict_bare_pods: bool, hearing_at: datetime | None
) -> Blocker | None:
    """Why a pod is not to be evicted at all, None where it may be. `hearing_at`: None hears no annotation."""
    name = f"Pod {pod.namespace}/{pod.name}"
    if pod.owner is None and not evict_bare_pods:
        return Blocker(pod, Obstacle.BARE, f"{name} has no controller and would not come back.")
    if hearing_at is not None and (protection := protection_of(pod, hearing_at)):
        return Blocker(pod, Obstacle.PROTECTED, f"{name} {protection.sentence}.")
    over = budgets_of(pod, budgets)
    if len(over) > 1:
        named = " and ".join(sorted(f"{budget.namespace}/{budget.name}" for budget in over))
        reason = f"{name} is under the budgets {named}; the API evicts no pod under more than one."
        return Blocker(pod, Obstacle.SEVERAL_BUDGETS, reason)
    return None


def _waiting(pod: SeenPod, budgets: Sequence[SeenBudget]) -> Blocker | None:
    """The budget that would refuse the pod's eviction now."""
    for budget in budgets_of(pod, budgets):
        if budget.allowed <= 0:
            reason = (
                f"Pod {pod.namespace}/{pod.name} waits for budget {budget.namespace}/{budget.name}, "
                f"which needs {budget.desired_healthy} healthy pods and has {budget.current_healthy}."
            )
            return Blocker(pod, Obstacle.BUDGET, reason)
    return None


def budgets_of(pod: SeenPod, budgets: Iterable[SeenBudget]) -> list[SeenBudget]:
    """The budgets that the API would ask before evicting a pod; it asks none for one that never started."""
    if pod.phase == "Pending":
        return []
    return [b for b in budgets if b.namespace == pod.namespace and matches(b.selector, pod.labels)]
