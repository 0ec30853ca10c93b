"""One object for what many pods have in common: a big cluster's pods are written from a few templates."""

from functools import lru_cache

from .port import Owner

NONE: dict[str, str] = {}


def shared_map(labels: dict[str, str] | None) -> dict[str, str]:
    """Labels or annotations, to be read only: whoever has the same gets the same dictionary."""
    return _map(tuple(labels.items())) if labels else NONE


@lru_cache(maxsize=8192)
def _map(items: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return dict(items)


@lru_cache(maxsize=8192)
def shared_owner(kind: str, namespace: str, name: str) -> Owner:
    return Owner(kind, namespace, name)
