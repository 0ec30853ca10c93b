"""GetSpotPlacementScores: how likely a spot request succeeds now, from the room that the pools have."""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from moto.ec2.exceptions import EC2ClientError

from deploy.sandbox.aws import catalog
from deploy.sandbox.aws.capacity import Capacity, PoolKey

# AWS answers few different questions of an account a day; the same ones as often as it likes.
MOST_CONFIGURATIONS, DAY_SECONDS = 10, 24 * 3600
BEST, WORST = 9, 1
# Asked about one or two types alone, AWS has little good to say.
TYPES_WANTED, BEST_FOR_FEW = 3, 3
# So many times the nodes asked for is plenty of room.
PLENTY = 40


class Configurations:
    """What each account has asked within the day."""

    def __init__(self) -> None:
        self._asked: dict[str, dict[object, float]] = defaultdict(dict)

    def admit(self, account_id: str, configuration: object, now: float) -> None:
        """Count the question. Raises MaxConfigLimitExceeded for one too many."""
        recent = {one: at for one, at in self._asked[account_id].items() if now - at < DAY_SECONDS}
        if configuration not in recent and len(recent) >= MOST_CONFIGURATIONS:
            raise EC2ClientError(
                "MaxConfigLimitExceeded",
                "You have exceeded your maximum allowed Spot placement configurations. You can retry "
                "configurations that you used within the last 24 hours, or wait for 24 hours before "
                "specifying a new configuration.",
            )
        self._asked[account_id] = {**recent, configuration: now}


def scores(
    capacity: Capacity, zone_ids: Mapping[str, str], region: str, types: Iterable[str], nodes: int
) -> list[dict[str, Any]]:
    """A row a zone of the region that sells one of the types, the best first."""
    wanted, now = frozenset(types), time.time()
    rows = [
        {"Region": region, "AvailabilityZoneId": zone_ids[zone], "Score": _score(capacity, here, nodes, now)}
        for zone in catalog.zones_of(region)
        if (here := [PoolKey(name, zone, "spot") for name in wanted if catalog.is_offered(name, zone)])
    ]
    return sorted(rows, key=lambda row: -row["Score"])


def _score(capacity: Capacity, pools: list[PoolKey], nodes: int, now: float) -> int:
    room = sum(capacity.free(pool, now) for pool in pools)
    best = BEST if len(pools) >= TYPES_WANTED else BEST_FOR_FEW
    return max(WORST, min(best, round(BEST * room / (PLENTY * max(nodes, 1)))))
