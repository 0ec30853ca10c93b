"""What a move brings and what it costs, in USD."""

from datetime import datetime, timedelta
from decimal import Decimal

from apps.mlops.hazard import expected_life

from .model import NodeView, Offer

# The market moves on: a price advantage is not counted for longer.
ADVANTAGE_LASTS = timedelta(hours=24)
# Both nodes run while the replacement boots and the old one drains.
OVERLAP = timedelta(minutes=10)
# A restarting pod does no work for about this long.
RESTART = timedelta(minutes=2)
# About 100 MB of image through a NAT gateway at $0.045 a GB.
PULL_USD_PER_POD = Decimal("0.0045")


def gain(stay: Offer, offer: Offer) -> Decimal:
    """What moving saves until the new node is taken or the market has moved on, at risk-adjusted prices."""
    life = min(expected_life(offer.pool.risk_upper), ADVANTAGE_LASTS)
    return (stay.risk_adjusted - offer.risk_adjusted) * _hours(life)


def disruption_cost(node: NodeView, stay: Offer, offer: Offer, now: datetime) -> Decimal:
    """Overlap, image pulls, restarts, and the work that is lost with pods which nothing restarts."""
    pods = node.pods or ()
    idle = RESTART if pods else timedelta()
    for pod in pods:
        if not pod.replayable:
            share = pod.cpu_milli / max(stay.pool.room.cpu_milli, 1)
            idle += share * max(now - pod.started_at, timedelta())
    return _hours(OVERLAP) * offer.price + _hours(idle) * stay.price + len(pods) * PULL_USD_PER_POD


def _hours(length: timedelta) -> Decimal:
    return Decimal(length // timedelta(seconds=1)) / 3600
