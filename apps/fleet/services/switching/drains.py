"""One pass of a drain: what is on the node, who may be asked to leave now, what the API answered."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.fleet.draining import DrainPlan, DrainState, after_answer, next_evictions, plan_drain
from apps.fleet.kube import Kube
from apps.fleet.models import Policy
from apps.fleet.statuses import DisruptionKind

SOON = timedelta(milliseconds=500)
# While evicted pods use their grace period nothing is due; that is how long to look away at most.
DRAIN_POLL = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass found and did."""

    plan: DrainPlan
    state: DrainState

    @property
    def moved(self) -> int:
        return sum(entry.done for entry in self.state.pods.values())

    @property
    def total(self) -> int:
        return len(self.state.pods)

    @property
    def in_the_way(self) -> str:
        """Who stops the drain and since when, in a sentence; empty where nobody does."""
        if self.plan.refusals:
            return self.plan.refusals[0].reason
        waiting = self.state.blocked()
        if not waiting:
            return ""
        since = waiting[0].since
        return f"{waiting[0].blocked_by} (since {since:%H:%M:%S} UTC)" if since else waiting[0].blocked_by

    @property
    def detail(self) -> str:
        """Where the drain stands, in a sentence."""
        text = f"Draining, {self.moved} of {self.total} pods moved"
        if self.plan.leaving:
            text += f", {len(self.plan.leaving)} stopping"
        return f"{text}. {self.in_the_way}" if self.in_the_way else text

    def look_after(self, now: datetime) -> timedelta:
        """When to look again: at the next slot, else when stopping pods may be gone."""
        due = self.state.next_look()
        if due is None or not self.plan.evictable:
            return DRAIN_POLL
        return min(max(due - now, SOON), DRAIN_POLL * 2)


def plan_of(kube: Kube, node_name: str, policy: Policy, *, kind: DisruptionKind, now: datetime) -> DrainPlan:
    """What a drain of a node would do now; two calls to the cluster. Raises NodeMissing."""
    pods = kube.pods_on(node_name)
    spaces = {pod.namespace for pod in pods if not (pod.is_daemon or pod.is_mirror or pod.is_finished)}
    return plan_drain(
        pods,
        kube.budgets(spaces),
        evict_bare_pods=policy.evict_bare_pods,
        voluntary=kind.is_voluntary,
        now=now,
    )


def one_pass(
    plan: DrainPlan, kube: Kube, stored: dict[str, object], *, spread: timedelta, now: datetime
) -> Pass:
    """Ask for the evictions that are due. Safe to repeat: asking for a terminating pod is 201 again."""
    state = DrainState.load(stored) if stored else DrainState(spread_seconds=spread.total_seconds())
    for pod in next_evictions(state, plan, now):
        after_answer(state, pod, kube.evict(pod), now)
    return Pass(plan, state)
