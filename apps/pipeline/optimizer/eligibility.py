"""Which classes may run where, by labels and taints alone: evaluated on distinct values, never per pod."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from apps.pipeline.optimizer.model import Requirement, Taint, Toleration, Where

Flags = NDArray[np.bool_]


class Places:
    """The label sets and taints of offerings or nodes, asked one requirement at a time."""

    def __init__(self, labels: Sequence[Mapping[str, str]], taints: Sequence[frozenset[Taint]]) -> None:
        self._labels = labels
        self._columns: dict[str, tuple[list[str | None], NDArray[np.int64]]] = {}
        self._answers: dict[Requirement, Flags] = {}
        self._taints = list(dict.fromkeys(taints))
        at = {taint_set: index for index, taint_set in enumerate(self._taints)}
        self._taint_of = np.array([at[taint_set] for taint_set in taints], dtype=np.int64)

    def selected_by(self, where: Where) -> Flags:
        """True where the labels meet one of the terms of `where`."""
        if not where.terms:
            return np.ones(len(self._labels), dtype=np.bool_)
        met = np.zeros(len(self._labels), dtype=np.bool_)
        for term in where.terms:
            all_met = np.ones(len(self._labels), dtype=np.bool_)
            for requirement in term:
                all_met &= self._meets(requirement)
            met |= all_met
        return met

    def tolerated_by(self, where: Where) -> Flags:
        """True where every taint is tolerated."""
        by_set = [all(_tolerated(taint, where.tolerations) for taint in taints) for taints in self._taints]
        return np.array(by_set, dtype=np.bool_)[self._taint_of]

    def _meets(self, requirement: Requirement) -> Flags:
        answer = self._answers.get(requirement)
        if answer is None:
            values, codes = self._column(requirement.key)
            by_value = np.array([_value_meets(requirement, value) for value in values], dtype=np.bool_)
            answer = self._answers[requirement] = by_value[codes]
        return answer

    def _column(self, key: str) -> tuple[list[str | None], NDArray[np.int64]]:
        if key not in self._columns:
            seen: dict[str | None, int] = {}
            codes = [seen.setdefault(labels.get(key), len(seen)) for labels in self._labels]
            self._columns[key] = (list(seen), np.array(codes, dtype=np.int64))
        return self._columns[key]


def _value_meets(requirement: Requirement, value: str | None) -> bool:
    """As Kubernetes' node affinity has it: NotIn and DoesNotExist are met where the label is absent."""
    match requirement.operator:
        case "In":
            return value in requirement.values
        case "NotIn":
            return value not in requirement.values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    if value is None:
        return False
    try:
        number, limit = int(value), int(next(iter(requirement.values)))
    except (ValueError, StopIteration):
        return False
    return number > limit if requirement.operator == "Gt" else number < limit


def _tolerated(taint: Taint, tolerations: frozenset[Toleration]) -> bool:
    return any(
        toleration.effect in ("", taint.effect)
        and (
            (toleration.operator == "Exists" and toleration.key in ("", taint.key))
            or (
                toleration.operator != "Exists"
                and toleration.key == taint.key
                and toleration.value == taint.value
            )
        )
        for toleration in tolerations
    )
