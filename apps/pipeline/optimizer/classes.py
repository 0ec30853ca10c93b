"""Pods that are alike are one class: the solver thinks in classes and counts, never in single pods."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.pipeline.optimizer.model import Pod, Shape


@dataclass(frozen=True, slots=True)
class Classes:
    """`pods[c]` are the ids of class c in the order in which they came."""

    shapes: list[Shape]
    pods: list[list[str]]


def classify(pods: Sequence[Pod]) -> Classes:
    """The classes of `pods`, counted from 0 as their shapes first appear."""
    # Pods of one workload usually share the Shape object; its hash is paid once an object, not once a pod.
    by_identity: dict[int, list[str]] = {}
    by_shape: dict[Shape, list[str]] = {}
    for pod in pods:
        ids = by_identity.get(id(pod.shape))
        if ids is None:
            ids = by_identity[id(pod.shape)] = by_shape.setdefault(pod.shape, [])
        ids.append(pod.id)
    return Classes(shapes=list(by_shape), pods=list(by_shape.values()))
