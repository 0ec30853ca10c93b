"""Resource quantities, and what a pod asks for."""

from __future__ import annotations

from functools import lru_cache

from .kinds import Obj

Amounts = dict[str, int]
_SUFFIXES = {
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
    "Pi": 2**50,
    "k": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "P": 10**15,
}


@lru_cache(maxsize=4096)
def thousandths(text: str) -> int:
    """A quantity in thousandths of its unit, rounded up; raises ValueError."""
    if text.endswith("m"):
        return int(text[:-1])
    for suffix, factor in _SUFFIXES.items():
        if text.endswith(suffix):
            return -int(-float(text[: -len(suffix)]) * factor * 1000 // 1)
    return -int(-float(text) * 1000 // 1)


def amounts(raw: Obj | None) -> Amounts:
    """A resource list in thousandths of each resource's unit."""
    return {name: thousandths(str(text)) for name, text in (raw or {}).items()}


def _add(total: Amounts, more: Amounts) -> None:
    for name, amount in more.items():
        total[name] = total.get(name, 0) + amount


def _raise_to(total: Amounts, least: Amounts) -> None:
    for name, amount in least.items():
        total[name] = max(total.get(name, 0), amount)


def requests(spec: Obj) -> Amounts:
    """What the scheduler counts for a pod.

    Its containers and sidecars together, at least what its init containers need one after the other beside
    the sidecars already running, and the overhead.
    """
    total: Amounts = {}
    for container in spec.get("containers") or ():
        _add(total, amounts((container.get("resources") or {}).get("requests")))
    sidecars: Amounts = {}
    peak: Amounts = {}
    for container in spec.get("initContainers") or ():
        own = amounts((container.get("resources") or {}).get("requests"))
        if container.get("restartPolicy") == "Always":
            _add(sidecars, own)
            _raise_to(peak, sidecars)
        else:
            _add(own, sidecars)
            _raise_to(peak, own)
    _add(total, sidecars)
    _raise_to(total, peak)
    _add(total, amounts(spec.get("overhead")))
    return total
