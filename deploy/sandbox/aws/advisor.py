"""The sandbox's edition of AWS's public Spot Instance Advisor file."""

from typing import Any

from deploy.sandbox.aws import catalog
from deploy.sandbox.aws.market import LEAST_DISCOUNT, MOST_DISCOUNT, Market

RANGES = [
    {"index": 0, "label": "<5%", "dots": 0, "max": 5},
    {"index": 1, "label": "5-10%", "dots": 1, "max": 11},
    {"index": 2, "label": "10-15%", "dots": 2, "max": 16},
    {"index": 3, "label": "15-20%", "dots": 3, "max": 22},
    {"index": 4, "label": ">20%", "dots": 4, "max": 100},
]
DAYS = 30
DAY_SECONDS = 24 * 3600


def advice(market: Market, now: float) -> dict[str, Any]:
    """Savings over the last 30 days and a range of interruption frequency, per region and type."""
    return {
        "global_rate": "<10%",
        "ranges": RANGES,
        "instance_types": {
            sold.name: {"emr": False, "cores": sold.vcpus, "ram_gb": sold.memory_mib / 1024}
            for sold in catalog.TYPES.values()
        },
        "spot_advisor": {region: {"Linux": _of_region(market, region, now)} for region in catalog.ZONES},
    }


def _of_region(market: Market, region: str, now: float) -> dict[str, dict[str, int]]:
    rows = {}
    for name in catalog.TYPES:
        zones = [zone for zone in catalog.zones_of(region) if catalog.is_offered(name, zone)]
        if zones:
            discount = sum(
                market.discount(name, zone, now - day * DAY_SECONDS)
                for zone in zones
                for day in range(1, DAYS + 1)
            ) / (DAYS * len(zones))
            rows[name] = {"r": interruption_range(discount), "s": round(100 * discount)}
    return rows


def interruption_range(discount: float) -> int:
    """A small discount means demand, and demand means interruptions."""
    demand = (MOST_DISCOUNT - discount) / (MOST_DISCOUNT - LEAST_DISCOUNT)
    return min(len(RANGES) - 1, int(demand * len(RANGES)))
