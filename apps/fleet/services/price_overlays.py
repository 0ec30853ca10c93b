"""What a tenant says that it really pays, so that pools are compared at its own prices."""

import re
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Client, User
from apps.accounts.services import audit

from ..errors import PriceOverlayInvalid
from ..models import PriceOverlay
from ..statuses import Lifecycle

# As instance types are written, and the two wildcards.
PATTERN = re.compile(r"[a-z0-9*?-]{1,40}(\.[a-z0-9*?-]{1,19})?")
MOST_A_TENANT = 200


@transaction.atomic
def add_overlay(
    client: Client,
    *,
    by: User,
    instance_types: str = "*",
    region: str = "",
    lifecycle: Lifecycle = Lifecycle.ON_DEMAND,
    price_hourly_usd: Decimal | None = None,
    discount_pct: Decimal | None = None,
    note: str = "",
    valid_until: datetime | None = None,
) -> PriceOverlay:
    """Keep a price, or a discount, for the types that a pattern names; it holds from the next decision on.

    Raises PriceOverlayInvalid.
    """
    if (price_hourly_usd is None) is (discount_pct is None):
        raise PriceOverlayInvalid(why="it is either a price or a discount")
    if not PATTERN.fullmatch(instance_types):
        raise PriceOverlayInvalid(why=f'"{instance_types}" names no instance types, as "m5.*" or "*" does')
    if valid_until is not None and valid_until <= timezone.now():
        raise PriceOverlayInvalid(why="it would be over already")
    if client.price_overlays.count() >= MOST_A_TENANT:
        raise PriceOverlayInvalid(why=f"there are {MOST_A_TENANT} already; remove one first")
    overlay = PriceOverlay.objects.create(
        client=client,
        instance_types=instance_types,
        region=region,
        lifecycle=lifecycle,
        price_hourly_usd=price_hourly_usd,
        discount_pct=discount_pct,
        note=note,
        valid_until=valid_until,
    )
    audit.record("price_overlay_added", target=overlay, by=by, client=client, after=_said(overlay))
    return overlay


@transaction.atomic
def remove_overlay(overlay: PriceOverlay, *, by: User) -> None:
    """Forget an overlay: AWS's own price holds again."""
    audit.record("price_overlay_removed", target=overlay, by=by, client=overlay.client, before=_said(overlay))
    overlay.delete()


def _said(overlay: PriceOverlay) -> dict[str, object]:
    names = ("instance_types", "region", "lifecycle", "price_hourly_usd", "discount_pct", "valid_until")
    return {name: value for name in names if (value := getattr(overlay, name)) not in (None, "")}
