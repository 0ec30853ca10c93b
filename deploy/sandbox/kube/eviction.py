"""The eviction subresource: the registry's decisions, in its order and with its words."""

from __future__ import annotations

from . import errors
from .facts import is_ending, is_ready, labels
from .kinds import BUDGETS, PODS, Obj
from .selectors import object_selector
from .store import Record, Store, now_text
from .writes import DeleteOptions, delete, set_condition

REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."
STALE_RETRY_SECONDS = 10


def evict(store: Store, namespace: str, name: str, body: Obj, *, dry_run: bool = False) -> None:
    """Evict a pod; raises 400, 404, 409, 429, 500."""
    named = (body.get("metadata") or {}).get("name")
    if named and named != name:
        raise errors.bad_request("name in URL does not match name in Eviction object")
    pod = store.need(PODS, namespace, name)
    options = DeleteOptions.of(body.get("deleteOptions") or {}, {"dryRun": "All"} if dry_run else None)
    budget = None if _needs_no_budget(pod.obj) else _budget_of(store, pod)
    if budget is not None and not _is_exempt(pod.obj, budget.obj):
        _refuse_if_exhausted(budget.obj)
        if not options.dry_run:
            store.edit(budget, lambda obj: _take(obj, name))
    if options.dry_run:
        delete(store, pod, options)
        return
    _condition_and_delete(store, pod, options)


def _needs_no_budget(pod: Obj) -> bool:
    return is_ending(pod) or pod["status"].get("phase") in ("Pending", "Succeeded", "Failed")


def _budget_of(store: Store, pod: Record) -> Record | None:
    budgets = [
        budget
        for budget in store.all(BUDGETS, pod.key[0])
        if object_selector(budget.obj["spec"].get("selector")).matches(labels(pod.obj))
    ]
    if len(budgets) > 1:
        raise errors.ApiError(
            500,
            "",
            "This pod has more than one PodDisruptionBudget, which the eviction subresource "
            "does not support.",
        )
    return budgets[0] if budgets else None


def _is_exempt(pod: Obj, budget: Obj) -> bool:
    """Whether a pod that is not ready may go although the budget is used up."""
    if is_ready(pod):
        return False
    if budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    status = budget["status"]
    return bool(status["currentHealthy"] >= status["desiredHealthy"] > 0)


def _refuse_if_exhausted(budget: Obj) -> None:
    name, status = budget["metadata"]["name"], budget["status"]
    if status.get("observedGeneration", 0) < budget["metadata"]["generation"]:
        raise _too_many(
            f"The disruption budget {name} is still being processed by the server.", STALE_RETRY_SECONDS
        )
    if status["disruptionsAllowed"] <= 0:
        raise _too_many(
            f"The disruption budget {name} needs {status['desiredHealthy']} healthy pods and has "
            f"{status['currentHealthy']} currently"
        )


def _too_many(cause: str, retry_after: int = 0) -> errors.ApiError:
    details: Obj = {"causes": [{"reason": "DisruptionBudget", "message": cause}]}
    if retry_after:
        details["retryAfterSeconds"] = retry_after
    return errors.ApiError(
        429,
        "TooManyRequests",
        REFUSED,
        details=details,
        headers={"Retry-After": str(retry_after)} if retry_after else None,
    )


def _take(budget: Obj, pod_name: str) -> None:
    status = budget["status"]
    status["disruptionsAllowed"] -= 1
    status.setdefault("disruptedPods", {})[pod_name] = now_text()
    if status["disruptionsAllowed"] == 0:
        set_condition(
            status,
            "DisruptionAllowed",
            "False",
            reason="InsufficientPods",
            message="",
            observedGeneration=status["observedGeneration"],
        )


def _condition_and_delete(store: Store, pod: Record, options: DeleteOptions) -> None:
    def mark(obj: Obj) -> None:
        set_condition(
            obj["status"],
            "DisruptionTarget",
            "True",
            reason="EvictionByEvictionAPI",
            message="Eviction API: evicting",
            observedGeneration=obj["metadata"]["generation"],
        )

    # Preconditions are about the pod as the client saw it, before the condition is written.
    delete(store, pod, DeleteOptions(uid=options.uid, version=options.version, dry_run=True))
    marked = store.edit(pod, mark)
    delete(store, marked, DeleteOptions(grace=options.grace, propagation=options.propagation))
