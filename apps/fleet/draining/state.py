"""Where a drain stands between two looks at the node. Kept as JSON in the row that the drain belongs to."""

import random as chance
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from apps.fleet.kube.port import Answer, EvictionAnswer, SeenPod

from .pacing import LONGEST_BACKOFF, backoff, gap_between
from .plan import DrainPlan


@dataclass(slots=True)
class PodDrain:
    """One pod's eviction. `since`: when it was first refused, with `blocked_by` saying by whom."""

    namespace: str
    name: str
    next_at: datetime
    tries: int = 0
    since: datetime | None = None
    blocked_by: str = ""
    done: bool = False


@dataclass(slots=True)
class DrainState:
    """The pods of a drain by uid. Changed by `next_evictions` and `after_answer` alone."""

    spread_seconds: float = 120.0
    gap_seconds: float = 0.0
    last_slot_at: datetime | None = None
    pods: dict[str, PodDrain] = field(default_factory=dict)

    @classmethod
    def load(cls, stored: dict[str, Any]) -> "DrainState":
        """A state from what `dump` gave; from an empty dict one that has not begun."""
        values = dict(stored)
        last_slot = values.pop("last_slot_at", None)
        pods = {uid: _pod(entry) for uid, entry in values.pop("pods", {}).items()}
        return cls(last_slot_at=_instant(last_slot), pods=pods, **values)

    def dump(self) -> dict[str, Any]:
        """The state as JSON knows it."""
        stored = asdict(self)
        stored["last_slot_at"] = _text(self.last_slot_at)
        for entry in stored["pods"].values():
            entry |= {"next_at": _text(entry["next_at"]), "since": _text(entry["since"])}
        return stored

    def blocked(self) -> list[PodDrain]:
        """The pods that were refused and not yet let go, the longest waiting first."""
        waiting = [pod for pod in self.pods.values() if pod.since is not None and not pod.done]
        return sorted(waiting, key=lambda pod: (pod.since, pod.namespace, pod.name))

    def next_look(self) -> datetime | None:
        """When the next eviction is due; None where all that is known of is done."""
        return min((pod.next_at for pod in self.pods.values() if not pod.done), default=None)


def next_evictions(state: DrainState, plan: DrainPlan, now: datetime) -> list[SeenPod]:
    """The pods to evict now, in the plan's order. New ones get their slot, gone ones are marked done."""
    _close_gone(state, plan)
    _give_slots(state, plan, now)
    return [pod for pod in plan.evictable if state.pods[pod.uid].next_at <= now]


def after_answer(
    state: DrainState,
    pod: SeenPod,
    answer: EvictionAnswer,
    now: datetime,
    random: Callable[[], float] = chance.random,
) -> None:
    """Take down what the API said: the pod is done, or when and why it is asked again."""
    entry = state.pods[pod.uid]
    if answer.answer in (Answer.EVICTED, Answer.GONE):
        entry.done, entry.since, entry.blocked_by = True, None, ""
        # Should it be there unharmed at that time, it is asked again.
        entry.next_at = now + LONGEST_BACKOFF
        return
    entry.tries += 1
    wait = max(backoff(entry.tries, random), timedelta(seconds=answer.retry_after_seconds))
    entry.next_at = now + wait
    entry.since = entry.since or now
    entry.blocked_by = _blocked_by(pod, answer)


def _blocked_by(pod: SeenPod, answer: EvictionAnswer) -> str:
    name = f"Pod {pod.namespace}/{pod.name}"
    if answer.answer is Answer.MISCONFIGURED:
        return f"{name} cannot be evicted until its budgets are corrected: {answer.message}"
    return f"{name} is refused: {answer.message}"


def _close_gone(state: DrainState, plan: DrainPlan) -> None:
    present = {pod.uid for pod in plan.evictable} | {blocker.pod.uid for blocker in plan.blockers}
    for uid, entry in state.pods.items():
        if uid not in present:
            entry.done, entry.since, entry.blocked_by = True, None, ""


def _give_slots(state: DrainState, plan: DrainPlan, now: datetime) -> None:
    """Queue pods seen for the first time behind the last slot given, one gap apart."""
    new = [pod for pod in plan.evictable if pod.uid not in state.pods]
    if new and state.last_slot_at is None:
        state.gap_seconds = gap_between(len(new), timedelta(seconds=state.spread_seconds)).total_seconds()
    gap = timedelta(seconds=state.gap_seconds)
    for pod in new:
        after_last = now if state.last_slot_at is None else state.last_slot_at + gap
        state.last_slot_at = max(now, after_last)
        state.pods[pod.uid] = PodDrain(pod.namespace, pod.name, next_at=state.last_slot_at)


def _pod(stored: dict[str, Any]) -> PodDrain:
    next_at = datetime.fromisoformat(stored["next_at"])
    return PodDrain(**{**stored, "next_at": next_at, "since": _instant(stored["since"])})


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
