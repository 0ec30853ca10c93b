"""binding: the pods that the node was bought for are bound to it, as far as it has room for them."""

from datetime import datetime

from apps.fleet.errors import NodeMissing
from apps.fleet.models import Enter, Launch, LaunchOutcome
from apps.fleet.statuses import LaunchState

from .buying import again
from .looking import Sight
from .room import fitting, free_on
from .starting import named


def bind(launch: Launch, sight: Sight, now: datetime) -> LaunchOutcome:
    """Bind what waits and fits; whom the scheduler placed meanwhile is placed. Safe to repeat.

    What does not fit stays with the scheduler, and is planned again where that finds no place either.
    """
    assert launch.instance is not None  # noqa: S101  a step before stored it
    kube, name = sight.kube, launch.instance.node_name
    try:
        node = kube.node(name)
    except NodeMissing:
        return again(launch, f"{name} is gone before its pods were bound")
    waiting = sight.still_waiting(launch)
    chosen = fitting(waiting, free_on(node, kube.pods_on(name)))
    for pod in chosen:
        kube.bind(pod, name)
    ours = {pod["uid"] for pod in launch.pods}
    here = sum(pod.uid in ours for pod in kube.pods_on(name))
    text = f"{here} of {named(launch)} {'is' if here == 1 else 'are'} on {name}"
    if unfit := len(waiting) - len(chosen):
        text += f"; {unfit} did not fit any more"
    return Enter(LaunchState.READY, text, {"bound": here})
