"""Tags and filters of the pages: icons, small drawings, and how figures are written."""

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from math import ceil
from typing import Any

from django import template
from django.conf import settings
from django.template import TemplateSyntaxError
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from atharva.web import figures

register = template.Library()

SHAPES = re.compile(r"<svg.*?>(.*)</svg>", re.DOTALL)
MINUS = "\N{MINUS SIGN}"
REGION = re.compile(r"^[a-z]+(?:-[a-z]+)+-\d")
SHOWN_OF_AN_ID = 10


@cache
def _shapes(name: str) -> SafeString:
    """What lies inside the icon's <svg>. Raises TemplateSyntaxError where there is no such icon."""
    source = settings.NODE_MODULES / "lucide-static" / "icons" / f"{name}.svg"
    if not source.is_file():
        raise TemplateSyntaxError(f"There is no icon {name!r}: no file {source} (npm package lucide-static).")
    match = SHAPES.search(source.read_text())
    if match is None:
        raise TemplateSyntaxError(f"{source} is not an svg file.")
    # S308: the file comes from a pinned package, not from a person.
    return mark_safe(" ".join(match[1].split()))  # noqa: S308


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """One lucide icon, inline. Hidden from screen readers unless `label` says what it means."""
    classes = f"icon {css}".rstrip()
    if label:
        return format_html(
            '<svg class="{}" viewBox="0 0 24 24" role="img" aria-label="{}">{}</svg>',
            classes,
            label,
            _shapes(name),
        )
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', classes, _shapes(name)
    )


@register.inclusion_tag("components/sparkline.html")
def sparkline(values: Sequence[float], label: str) -> dict[str, object]:
    """The line of `values` with the area under it; nothing where fewer than two are known."""
    return {"spark": figures.sparkline(values), "label": label}


@register.inclusion_tag("components/hive.html")
def hive(cluster: Any) -> dict[str, object]:
    """The honeycomb of a ClusterView's cells. The page includes components/hive_symbols.html once."""
    return {"comb": figures.honeycomb(cluster.cells), "cluster": cluster}


@register.inclusion_tag("components/splitbar.html")
def splitbar(spot: int, on_demand: int) -> dict[str, object]:
    """A bar of spot against on-demand, with both counts in words for those who do not see it."""
    return {"bar": figures.split(spot, on_demand), "spot": spot, "on_demand": on_demand}


@register.filter
def usd(amount: Decimal, places: int = 2) -> str:
    """`$1,234.50`; a negative amount carries a minus sign before the dollar."""
    return f"{MINUS if amount < 0 else ''}${abs(amount):,.{places}f}"


@register.filter
def hourly(amount: Decimal) -> str:
    """A price of one instance: four places, because spot prices differ in the third."""
    return usd(amount, 4)


@register.filter
def magnitude(amount: Decimal) -> Decimal:
    """The amount without its sign, where the word beside it tells the direction."""
    return abs(amount)


@register.filter
def percent(share: float) -> str:
    """`62 %`, with a space that does not break."""
    return f"{share:.0f}\N{NO-BREAK SPACE}%"


@register.filter
def probability(share: float) -> str:
    """`0.034 %` of 0.00034: two digits that count, however small it is."""
    digits = 2 if share < 0.1 else 3
    return f"{float(f'{100 * share:.{digits}g}'):g}\N{NO-BREAK SPACE}%"


@register.filter
def gap(share: float) -> str:
    """A proven gap of 0.0042 as `0.42 %`; two decimals, and never less than it is."""
    return f"{ceil(share * 10_000) / 100:.2f}\N{NO-BREAK SPACE}%"


@register.filter
def short_zone(zone: str) -> str:
    """`us-east-1b` as `1b`: beside a cluster whose region is written already."""
    region = REGION.match(zone)
    return zone[region.end() - 1 :] if region else zone


@register.filter
def short_id(instance_id: str) -> str:
    """The first ten characters of an EC2 id; the whole one stands in the title beside it."""
    return (
        instance_id
        if len(instance_id) <= SHOWN_OF_AN_ID
        else f"{instance_id[:SHOWN_OF_AN_ID]}\N{HORIZONTAL ELLIPSIS}"
    )
