"""Whether a pod may run on a node, others apart: labels and taints as Kubernetes reads them."""

import re
from collections.abc import Iterable, Mapping

from apps.pipeline.optimizer.model import Requirement, Taint, Toleration, Where

WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+")


def meets(requirement: Requirement, labels: Mapping[str, str]) -> bool:
    """Whether labels satisfy one expression. What is absent is "not in" every set of values."""
    present = requirement.key in labels
    value = labels.get(requirement.key, "")
    match requirement.operator:
        case "In":
            return present and value in requirement.values
        case "NotIn":
            return not present or value not in requirement.values
        case "Exists":
            return present
        case "DoesNotExist":
            return not present
        case "Gt":
            return present and _compares(value, requirement.values, sign=1)
        case "Lt":
            return present and _compares(value, requirement.values, sign=-1)
    return False


def _compares(value: str, limits: Iterable[str], *, sign: int) -> bool:
    """Gt and Lt compare whole numbers; what is none, or is held against several, matches nothing."""
    limit = list(limits)
    if len(limit) != 1 or not WHOLE_NUMBER.fullmatch(value) or not WHOLE_NUMBER.fullmatch(limit[0]):
        return False
    return sign * (int(value) - int(limit[0])) > 0


def labels_admit(where: Where, labels: Mapping[str, str]) -> bool:
    """Whether the labels meet every requirement of at least one term; no term asks for nothing."""
    return not where.terms or any(all(meets(r, labels) for r in term) for term in where.terms)


def tolerates(toleration: Toleration, taint: Taint) -> bool:
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if toleration.key and toleration.key != taint.key:
        return False
    match toleration.operator:
        case "Exists":
            return True
        case "" | "Equal":
            return toleration.value == taint.value
    return False


def taints_admit(where: Where, taints: Iterable[Taint]) -> bool:
    """Whether every taint is tolerated."""
    return all(any(tolerates(toleration, taint) for toleration in where.tolerations) for taint in taints)


def admits(where: Where, labels: Mapping[str, str], taints: Iterable[Taint]) -> bool:
    """Whether a pod that asks for `where` may run on a node with these labels and taints."""
    return labels_admit(where, labels) and taints_admit(where, taints)
