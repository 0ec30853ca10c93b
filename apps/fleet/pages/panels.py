"""Panels of Live Operations that apps above the fleet bring; each registers its own when Django starts."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Column(StrEnum):
    """Where on a wide screen: beside each other, the main one being the wider."""

    MAIN = "main"
    SIDE = "side"


@dataclass(frozen=True, slots=True)
class Panel:
    """`content` reads what the template shows as `content`.

    The panel is fetched again from `url_name` after the live events of `refresh`, and every half minute.
    """

    key: str
    column: Column
    template_name: str
    url_name: str
    refresh: str
    content: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Filled:
    """A panel with what it shows now."""

    panel: Panel
    content: object


_panels: list[Panel] = []


def register_panels(*panels: Panel) -> None:
    """Add to the page, below those that were registered before."""
    _panels.extend(panels)


def filled(column: Column) -> list[Filled]:
    """The panels of one column, each read now."""
    return [Filled(panel, panel.content()) for panel in _panels if panel.column == column]
