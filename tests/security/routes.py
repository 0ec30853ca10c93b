"""Every route that the product answers, found by walking its URL configuration."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

BACK_OFFICE = "back-office/"
HANDLED = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Route:
    """One address with one method. `pattern` is the path as the URL configuration has it."""

    method: str
    pattern: str
    name: str

    @property
    def is_api(self) -> bool:
        return self.pattern.startswith("api/")

    def __str__(self) -> str:
        return f"{self.method.upper()} /{self.pattern}"


def routes() -> list[Route]:
    """All but the back office's, whose routes come from Django's admin and have one rule."""
    return [
        Route(method, pattern, name)
        for pattern, name, view in _patterns(get_resolver(), "", "")
        if not pattern.startswith(BACK_OFFICE)
        for method in _methods(view)
    ]


def back_office() -> list[Route]:
    """The addresses of the back office that name no row."""
    return [
        Route("get", pattern, name)
        for pattern, name, _ in _patterns(get_resolver(), "", "")
        if pattern.startswith(BACK_OFFICE) and "<" not in pattern and "(" not in pattern
    ]


def _patterns(resolver: URLResolver, prefix: str, namespace: str) -> Iterator[tuple[str, str, Any]]:
    for entry in resolver.url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _patterns(entry, pattern, inner)
        elif isinstance(entry, URLPattern):
            yield pattern, f"{namespace}{entry.name or pattern}", entry.callback


def _methods(view: Any) -> list[str]:
    """The methods that a view takes; of a function that says nothing, GET."""
    kind = getattr(view, "view_class", None) or getattr(view, "cls", None)
    if kind is not None:
        return [m for m in HANDLED if hasattr(kind, m) and m in kind.http_method_names]
    return _required_methods(view) or ["get"]


def _required_methods(view: Any) -> list[str]:
    """What `require_http_methods` closed over, however deep it is wrapped."""
    while view is not None:
        found = inspect.getclosurevars(view).nonlocals.get("request_method_list")
        if found:
            return [method.lower() for method in found if method.lower() in HANDLED]
        view = getattr(view, "__wrapped__", None)
    return []
