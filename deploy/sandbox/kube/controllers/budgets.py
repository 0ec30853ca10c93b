"""Keeps the status of PodDisruptionBudgets, as the disruption controller counts it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from .. import facts
from ..kinds import BUDGETS, BY_NAME, PODS, REPLICASETS, Obj
from ..selectors import object_selector
from ..store import Change, Record
from ..writes import set_condition
from .base import ObjectController

# How long an eviction that was allowed counts although the pod does not yet go.
DISRUPTED_SECONDS = 120
REACTION_SECONDS = 0.025
SCALED = ("ReplicaSet", "StatefulSet", "Deployment")


class Budgets(ObjectController):
    """Keys are namespace and name of a PodDisruptionBudget."""

    notices = {BUDGETS: "notice_budget", PODS: "notice_pod", REPLICASETS: "notice_scale"}

    def notice_budget(self, change: Change) -> None:
        if change.type == "DELETED":
            return
        budget = change.record.obj
        is_new = budget["status"].get("observedGeneration") != budget["metadata"]["generation"]
        # Clients must be able to meet a budget that is not yet processed, as they do on a real server.
        self.mark_later(REACTION_SECONDS if is_new else 0, change.record.key)

    def notice_pod(self, change: Change) -> None:
        pod, before = change.record, change.previous
        for budget in self.store.all(BUDGETS, pod.key[0]):
            chosen = object_selector(budget.obj["spec"].get("selector"))
            if chosen.matches(facts.labels(pod.obj)) or (before and chosen.matches(facts.labels(before.obj))):
                self.mark(budget.key)

    def notice_scale(self, change: Change) -> None:
        for budget in self.store.all(BUDGETS, change.record.key[0]):
            self.mark(budget.key)

    def reconcile(self, key: tuple[str, str]) -> None:
        budget = self.store.get(BUDGETS, *key)
        if budget is None:
            return
        chosen = object_selector(budget.obj["spec"].get("selector"))
        pods = [pod for pod in self.store.all(PODS, key[0]) if chosen.matches(facts.labels(pod.obj))]
        disrupted = self._disrupted(budget, pods)
        expected, desired = self._wanted(budget.obj["spec"], pods)
        healthy = sum(
            1
            for pod in pods
            if facts.is_ready(pod.obj) and not facts.is_ending(pod.obj) and pod.key[1] not in disrupted
        )
        allowed = max(healthy - desired, 0) if expected else 0
        self._store(
            budget,
            disrupted,
            {
                "currentHealthy": healthy,
                "desiredHealthy": desired,
                "disruptionsAllowed": allowed,
                "expectedPods": expected,
            },
        )

    def _disrupted(self, budget: Record, pods: list[Record]) -> dict[str, str]:
        """The pods whose eviction was allowed and has not yet begun, unless that was too long ago."""
        known = {pod.key[1]: pod for pod in pods}
        limit = datetime.now(UTC) - timedelta(seconds=DISRUPTED_SECONDS)
        kept = {
            name: since
            for name, since in (budget.obj["status"].get("disruptedPods") or {}).items()
            if name in known
            and not facts.is_ending(known[name].obj)
            and datetime.fromisoformat(since) > limit
        }
        if kept:
            self.mark_later(DISRUPTED_SECONDS, budget.key)
        return kept

    def _wanted(self, spec: Obj, pods: list[Record]) -> tuple[int, int]:
        """How many pods there should be, and how many of them healthy."""
        least, most = spec.get("minAvailable"), spec.get("maxUnavailable")
        if isinstance(least, int):
            return len(pods), least
        expected = self._scale(pods)
        if least is not None:
            return expected, facts.scaled(least, expected, round_up=True)
        return expected, max(expected - facts.scaled(most or 0, expected, round_up=True), 0)

    def _scale(self, pods: list[Record]) -> int:
        """The replicas that the pods' controllers ask for, each controller once."""
        owners: dict[str, int] = {}
        for pod in pods:
            owner = facts.owner(pod.obj)
            if owner and owner["uid"] not in owners and owner["kind"] in SCALED:
                found = self.store.get(BY_NAME[owner["apiVersion"], owner["kind"]], pod.key[0], owner["name"])
                owners[owner["uid"]] = found.obj["spec"]["replicas"] if found else 0
        return sum(owners.values())

    def _store(self, budget: Record, disrupted: dict[str, str], counted: Obj) -> None:
        def change(obj: Obj) -> None:
            generation = obj["metadata"]["generation"]
            status: Obj = {
                **counted,
                "observedGeneration": generation,
                "conditions": obj["status"].get("conditions") or [],
            }
            if disrupted:
                status["disruptedPods"] = disrupted
            enough = counted["disruptionsAllowed"] > 0
            set_condition(
                status,
                "DisruptionAllowed",
                "True" if enough else "False",
                message="",
                reason="SufficientPods" if enough else "InsufficientPods",
                observedGeneration=generation,
            )
            obj["status"] = status

        self.store.edit(budget, change)
