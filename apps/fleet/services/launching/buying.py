"""launching: one instance of the pools stored in `asked`; the token makes asking twice launch once."""

from datetime import datetime

import structlog

from apps.fleet.belonging import LAUNCH_TAG
from apps.fleet.cloud import cloud_of
from apps.fleet.errors import InsufficientCapacity
from apps.fleet.models import Enter, Launch, LaunchOutcome
from apps.fleet.services.purchases import pools_in_order, remember, set_aside, taken_among
from apps.fleet.services.templates import launch_request
from apps.fleet.statuses import LaunchState

from .looking import Sight

log = structlog.get_logger(__name__)


def buy(launch: Launch, sight: Sight, now: datetime) -> LaunchOutcome:
    """On to wait for its node; back to choose anew where none of the pools has room."""
    pools = pools_in_order(launch.asked)
    tags = {LAUNCH_TAG: str(launch.pk)}
    request = launch_request(launch.cluster, pools[0].instance_type.architecture, pools, tags)
    try:
        bought = cloud_of(launch.cluster).launch(request, token=f"{launch.pk}-{launch.attempt}")
    except InsufficientCapacity as error:
        set_aside({(pool.instance_type_id, pool.zone) for pool in pools}, pools, sender=Launch)
        return again(launch, error.sentence)
    set_aside(bought.without_capacity, pools, sender=Launch)
    instance = remember(bought, launch.cluster, tags)
    return Enter(
        LaunchState.JOINING,
        f"Launched {bought.id}, {bought.instance_type} in {bought.zone}",
        {"instance": instance, "pool": taken_among(pools, bought)},
    )


def again(launch: Launch, why: str) -> Enter:
    """The next request, with a token of its own; an instance left behind is ended by the orphan sweep."""
    log.warning("launch_again", why=why, attempt=launch.attempt + 1)
    return Enter(LaunchState.PLANNED, why, {"instance": None, "asked": [], "attempt": launch.attempt + 1})
