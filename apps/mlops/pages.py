"""The lab: the risk model that decides now, what it rests on, and what it says."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.utils import timezone

from apps.accounts.models import Role
from apps.accounts.pages import PersonPage
from apps.fleet.models import PoolEvent
from atharva.web.lists import address, columns, pager
from atharva.web.views import Guarded

from . import hazard
from .selectors import evidence
from .selectors.predictions import ORDERINGS, predictions

PER_PAGE = 50
RISKIEST = "-risk"
COLUMNS = {
    "pool": "Pool",
    "risk": "Within 1 h",
    "upper": f"{100 * hazard.QUANTILE:g} % quantile",
    "source": "Rests on",
    "nodes": "Nodes",
    "scored": "Scored",
}
FIGURES = frozenset({"risk", "upper", "nodes"})
ADVISOR_RANGES = ("under 5 %", "5 to 10 %", "10 to 15 %", "15 to 20 %", "over 20 %")


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
        query = self.request.GET
        asked = query.get("ordering", "")
        ordering = asked if asked in ORDERINGS else RISKIEST
        everywhere = query.get("pools") == "all"
        cut = Paginator(predictions(everywhere=everywhere, ordering=ordering), PER_PAGE).get_page(
            query.get("page")
        )
        return {
            "pools": cut,
            "pager": pager(query, cut),
            "columns": columns(query, ordering, COLUMNS, FIGURES),
            "everywhere": everywhere,
            "in_use_href": address(query, pools="", page=""),
            "everywhere_href": address(query, pools="all", page=""),
        }


class Lab(LabPart, PersonPage):
    """The dashboard of researchers (row 1.9)."""

    template_name = "mlops/lab.html"

    def context(self) -> dict[str, object]:
        return {"page_title": "Risk model", **super().context()}


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
