"""Lists whose whole state (search, filters, order, page) is in their address."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.paginator import Page as Cut
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from atharva.api.pagination import MOST_COUNTED, Counted

from .views import Page


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head. `direction` is aria-sort's word; figures stand at the right, as does their head."""

    label: str
    href: str
    direction: str
    is_figure: bool


@dataclass(frozen=True, slots=True)
class Pager:
    """Which rows are shown, of how many; `is_capped` where there may be more than were counted."""

    first: int
    last: int
    total: int
    is_capped: bool
    previous: str
    next: str


class ListPage(Page):
    """A page of such a list. htmx, as it changes the list in place, gets the rows alone."""

    rows_template: ClassVar[str]

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if "HX-Request" in request.headers:
            return render(request, self.rows_template, self.context())
        return super().get(request, **kwargs)


def address(query: QueryDict, **changes: object) -> str:
    """The list's address with these changes; what is empty is left out."""
    asked = query.copy()
    for name, value in changes.items():
        asked[name] = str(value)
    for name in [name for name in asked if not any(asked.getlist(name))]:
        del asked[name]
    return f"?{asked.urlencode()}"


def columns(
    query: QueryDict, ordering: str, labels: Mapping[str, str], figures: Set[str] = frozenset()
) -> list[Column]:
    """The heads of columns that one can order by: a second click turns the order round.

    Words begin at A, `figures` at the largest.
    """
    return [_column(query, ordering, name, label, name in figures) for name, label in labels.items()]


def _column(query: QueryDict, ordering: str, name: str, label: str, is_figure: bool) -> Column:
    up, down = name, f"-{name}"
    first, second = (down, up) if is_figure else (up, down)
    direction = {up: "ascending", down: "descending"}.get(ordering, "none")
    href = address(query, ordering=second if ordering == first else first, page="")
    return Column(label, href, direction, is_figure)


def pager(query: QueryDict, cut: "Cut[Any]") -> Pager:
    """The links from one page of a list to those beside it."""
    total = cut.paginator.count
    return Pager(
        first=cut.start_index(),
        last=cut.end_index(),
        total=total,
        is_capped=total >= MOST_COUNTED and isinstance(cut.paginator, Counted),
        previous=address(query, page=cut.previous_page_number()) if cut.has_previous() else "",
        next=address(query, page=cut.next_page_number()) if cut.has_next() else "",
    )
