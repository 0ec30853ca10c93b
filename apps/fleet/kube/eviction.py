"""What an answer of the eviction subresource means, as a real API server gives it."""

from typing import Any

from .calling import Reply
from .port import Answer, EvictionAnswer, SeenPod
from .wire import Cause

# Answers that the eviction itself explains; 403 only where the namespace is on its way out.
EXPLAINED = frozenset({403, 404, 409, 429, 500})
SEVERAL_BUDGETS = "more than one PodDisruptionBudget"
NAMESPACE_ENDING_RETRY_SECONDS = 5


def eviction_of(pod: SeenPod) -> dict[str, Any]:
    """The body that evicts exactly this pod, and not another one that took its name since."""
    return {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": pod.name, "namespace": pod.namespace},
        "deleteOptions": {"preconditions": {"uid": pod.uid}},
    }


def answer_of(reply: Reply) -> EvictionAnswer | None:
    """What the fleet makes of an answer; None where it has nothing to do with evicting."""
    if reply.is_success:
        return EvictionAnswer(Answer.EVICTED)
    status = reply.status
    match reply.code:
        case 404 if status.reason == "NotFound":
            return EvictionAnswer(Answer.GONE, status.message)
        case 409 if "uid" in status.message.lower():
            return EvictionAnswer(Answer.GONE, status.message)
        case 409:
            # Somebody else wrote the pod or its budget in between.
            return EvictionAnswer(Answer.NOT_YET, status.message, 1)
        case 429:
            return _too_many(reply)
        case 500 if SEVERAL_BUDGETS in status.message:
            return EvictionAnswer(Answer.MISCONFIGURED, status.message)
        case 403 if any(cause.reason == "NamespaceTerminating" for cause in _causes(reply)):
            return EvictionAnswer(Answer.NOT_YET, status.message, NAMESPACE_ENDING_RETRY_SECONDS)
    return None


def _too_many(reply: Reply) -> EvictionAnswer:
    """A budget says no, or (with a time to wait) the server cannot say yet."""
    status, causes = reply.status, _causes(reply)
    told = status.details.retry_after_seconds if status.details else 0
    wait = reply.retry_after_seconds or told
    message = causes[0].message if causes else status.message
    return EvictionAnswer(Answer.NOT_YET if wait else Answer.BUDGET, message, wait)


def _causes(reply: Reply) -> list[Cause]:
    details = reply.status.details
    return (details.causes or []) if details else []
