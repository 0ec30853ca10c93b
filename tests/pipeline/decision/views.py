"""Frozen rows for the tables of cases; a test names only what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from apps.pipeline.decision.capacity import allocatable
from apps.pipeline.decision.model import NodeView, Offer, PolicyView, PoolView
from apps.pipeline.decision.scoring import offer_of

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LARGE = allocatable(2000, 8192, 29)
ZONES = "abcdef"


def pool(number: int = 1, **changes: Any) -> PoolView:
    """A spot pool of two CPUs and 8 GiB at $0.03/h, on-demand $0.096/h."""
    fields: dict[str, Any] = {
        "id": number,
        "instance_type": "m6i.large",
        "family": "m6i",
        "generation": 6,
        "architecture": "amd64",
        "zone": f"us-east-1{ZONES[number % 6]}",
        "lifecycle": "spot",
        "room": LARGE,
        "price": Decimal("0.03"),
        "on_demand": Decimal("0.096"),
        "risk_upper": 0.0003,
    }
    if "price" in changes:
        changes["price"] = None if changes["price"] is None else Decimal(str(changes["price"]))
    return PoolView(**fields | changes)


def offer(number: int = 1, policy: PolicyView | None = None, **changes: Any) -> Offer:
    view = pool(number, **changes)
    assert view.price is not None
    return offer_of(view, view.price, policy or PolicyView(mode="active"))


def offers(prices: list[float], **changes: Any) -> list[Offer]:
    """One spot offer a price, numbered from 1."""
    return [offer(number, price=price, **changes) for number, price in enumerate(prices, start=1)]


def node(number: int = 100, **changes: Any) -> NodeView:
    """A ready spot node, two days old, that costs $0.06/h."""
    stay = offer(number, price=changes.pop("price", 0.06), **changes.pop("pool", {}))
    fields: dict[str, Any] = {
        "id": number,
        "ec2_id": f"i-{number:04d}",
        "name": f"node-{number}",
        "architecture": "amd64",
        "stay": stay,
        "need": replace(LARGE, pods=0),
        "launched_at": NOW - timedelta(days=2),
    }
    return NodeView(**fields | changes)


def policy(**changes: Any) -> PolicyView:
    return PolicyView(**{"mode": "active", **changes})
