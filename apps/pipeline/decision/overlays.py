"""What a tenant really pays: Savings Plans, reservations and private discounts over AWS's list."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from uuid import UUID

from django.db.models import Q

from apps.fleet.models import PriceOverlay


@dataclass(frozen=True, slots=True)
class Overlay:
    """A price, or a discount in percent, for the instance types that `pattern` names."""

    pattern: str
    lifecycle: str
    price: Decimal | None = None
    discount_pct: Decimal | None = None

    def covers(self, instance_type: str, lifecycle: str) -> bool:
        return self.lifecycle == lifecycle and fnmatchcase(instance_type, self.pattern)

    def over(self, listed: Decimal) -> Decimal:
        """What is paid instead of `listed`."""
        return self.price if self.price is not None else listed * (100 - (self.discount_pct or 0)) / 100


def paid(
    listed: Decimal | None, instance_type: str, lifecycle: str, overlays: Iterable[Overlay]
) -> Decimal | None:
    """What the tenant pays for what AWS lists at `listed`; of several overlays the lowest price holds."""
    if listed is None:
        return None
    prices = (each.over(listed) for each in overlays if each.covers(instance_type, lifecycle))
    return min(prices, default=listed)


def overlays_of(client_id: UUID, region: str, now: datetime) -> tuple[Overlay, ...]:
    """A tenant's overlays in force in a region; one query."""
    rows = PriceOverlay.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=now), client=client_id, region__in=("", region)
    )
    return tuple(
        Overlay(row.instance_types, row.lifecycle, row.price_hourly_usd, row.discount_pct) for row in rows
    )
