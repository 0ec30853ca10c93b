"""binding: the pods that the node was bought for are bound to it, as far as it has room for them.

They are bound as soon as the node is there, before it is Ready: from that moment on the scheduler fills it
with whoever waits, as it sees fit, and a plan that was tight comes out short.
"""

from datetime import datetime

from apps.fleet.errors import NodeMissing
from apps.fleet.kube.port import SeenNode
from apps.fleet.models import Enter, Launch, LaunchOutcome
from apps.fleet.statuses import InstanceState, LaunchState

from .buying import again
from .joining import wait
from .looking import Sight
from .room import fitting, free_on
from .starting import named


def bind(launch: Launch, sight: Sight, now: datetime) -> LaunchOutcome:
    """Bind what waits and fits, then wait until the node is Ready. Safe to repeat.

    Whom the scheduler has placed is placed. What does not fit stays with the scheduler, and is planned again
    where that finds no place either.
    """
    instance = launch.instance
    assert instance is not None  # noqa: S101  a step before stored it
    try:
        node = sight.kube.node(instance.node_name)
    except NodeMissing:
        return again(launch, f"{instance.node_name} is gone before its pods ran")
    if instance.state == InstanceState.TERMINATED:
        return again(launch, f"{instance.ec2_id} was taken before its pods ran")
    here, text = bind_to(node, launch, sight)
    if node.ready:
        return Enter(LaunchState.READY, text, {"bound": here})
    return wait(launch, instance, f"{node.name} is not Ready yet; {text}", now)


def bind_to(node: SeenNode, launch: Launch, sight: Sight) -> tuple[int, str]:
    """Bind the launch's pods as far as there is room; how many are on the node then, and that in words."""
    there = sight.kube.pods_on(node.name)
    ours = {pod["uid"] for pod in launch.pods}
    here = sum(pod.uid in ours for pod in there)
    waiting = sight.still_waiting(launch) if here < len(ours) else []
    chosen = fitting(waiting, free_on(node, there))
    here += sum(sight.kube.bind(pod, node.name) for pod in chosen)
    text = f"{here} of {named(launch)} {'is' if here == 1 else 'are'} on {node.name}"
    if unfit := len(waiting) - len(chosen):
        text += f"; {unfit} did not fit any more"
    return here, text
