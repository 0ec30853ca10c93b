"""The lab: the risk model that decides now, what it rests on, and what it says."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.utils import timezone

from apps.accounts.models import Role
from apps.accounts.pages import PersonPage
from apps.fleet.models import Pool, PoolEvent
from atharva.web.views import Guarded

from . import hazard
from .selectors import evidence
from .selectors.predictions import ORDERINGS, predictions

PER_PAGE = 50
ADVISOR_RANGES = ("under 5 %", "5 to 10 %", "10 to 15 %", "15 to 20 %", "over 20 %")


@dataclass(frozen=True, slots=True)
class Column:
    """A heading of the predictions; `href` sorts by it, `sorted_as` says how it is sorted now."""

    label: str
    href: str = ""
    sorted_as: str = ""
    numeric: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True)
class Prior:
    """What a pool of one Spot Advisor range is given before anything was seen of it."""

    label: str
    monthly: float
    hourly: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """How much one kind of event counts, in interruptions."""

    label: str
    weight: float


class LabPart(Guarded):
    """The page without its frame, as it is fetched again."""

    roles = frozenset({Role.LAB, Role.ADMIN})
    template_name = "mlops/parts/risk_model.html"

    def context(self) -> dict[str, object]:
        now = timezone.now()
        return {
            "now": now,
            "scored": evidence.scored(),
            "observed": evidence.observed(now),
            "expected": evidence.expected(),
            "bands": evidence.bands(),
            "horizon": hazard.HORIZON,
            "half_life_hours": hazard.HALF_LIFE.total_seconds() / 3600,
            "quantile_pct": 100 * hazard.QUANTILE,
            "priors": priors(),
            "weights": weights(),
            **self._predictions(),
        }

    def _predictions(self) -> dict[str, object]:
        asked = self.request.GET
        ordering = asked.get("ordering", "")
        ordering = ordering if ordering in ORDERINGS else "risk"
        everywhere = asked.get("pools") == "all"
        rows = predictions(everywhere=everywhere, ordering=ordering)
        page = Paginator(rows, PER_PAGE).get_page(asked.get("page"))
        return {
            "page": page,
            "everywhere": everywhere,
            "columns": columns(ordering, everywhere=everywhere),
            "in_use_href": _here(ordering=ordering),
            "everywhere_href": _here(pools="all", ordering=ordering),
            "previous_href": _page(page, -1, ordering, everywhere) if page.has_previous() else "",
            "next_href": _page(page, +1, ordering, everywhere) if page.has_next() else "",
        }


class Lab(LabPart, PersonPage):
    """The dashboard of researchers (row 1.9)."""

    template_name = "mlops/lab.html"

    def context(self) -> dict[str, object]:
        return {"page_title": "Risk model", **super().context()}


def columns(ordering: str, *, everywhere: bool) -> list[Column]:
    """The headings of the predictions."""

    def sortable(label: str, key: str, *, numeric: bool = True, title: str = "") -> Column:
        sorted_as = ("descending" if numeric else "ascending") if key == ordering else ""
        href = _here(ordering=key, **({"pools": "all"} if everywhere else {}))
        return Column(label, href, sorted_as, numeric, title)

    return [
        sortable("Pool", "pool", numeric=False),
        sortable("Within 1 h", "risk"),
        sortable("Up to", "upper", title=f"{100 * hazard.QUANTILE:g} % quantile of the same"),
        Column("Rests on"),
        sortable("Nodes", "nodes"),
        Column("Scored"),
    ]


def priors() -> list[Prior]:
    """The five ranges, and what a type is given that the advisor does not list."""
    listed = list(zip(ADVISOR_RANGES, hazard.MONTHLY_FREQUENCY, strict=True))
    return [
        Prior(label, monthly, hazard.monthly_to_hourly(monthly))
        for label, monthly in [*listed, ("not listed", hazard.UNLISTED_FREQUENCY)]
    ]


def weights() -> list[Weighed]:
    """The kinds of evidence, the heaviest first."""
    return [Weighed(PoolEvent.Kind(kind).label, weight) for kind, weight in hazard.WEIGHTS.items()]


def _here(**query: str) -> str:
    return f"?{urlencode(query)}#predictions"


def _page(page: Page[Pool], step: int, ordering: str, everywhere: bool) -> str:
    query = {"ordering": ordering, "page": str(page.number + step)}
    return _here(**({"pools": "all"} if everywhere else {}), **query)
