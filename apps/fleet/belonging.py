"""Whose an instance or group is, told from its tags alone."""

from collections.abc import Container, Mapping

from apps.fleet.cloud.port import SeenInstance
from apps.fleet.statuses import ManagedBy

SWITCH_TAG = "atharva.ai/switch"
LAUNCH_TAG = "atharva.ai/launch"
# On an instance that we launched: for which switch, or for which pods.
OUR_TAGS = (SWITCH_TAG, LAUNCH_TAG)
EKS_CLUSTER_TAG = "eks:cluster-name"
OWNERSHIP_PREFIX = "kubernetes.io/cluster/"
GROUP_TAG = "aws:autoscaling:groupName"
KARPENTER_TAG = "karpenter.sh/nodepool"


def cluster_name(tags: Mapping[str, str], known: Container[str]) -> str:
    """The cluster among `known` that the tags name; empty where they name none of them."""
    named = [tags.get(EKS_CLUSTER_TAG, "")]
    named += [
        key.removeprefix(OWNERSHIP_PREFIX)
        for key, value in tags.items()
        if key.startswith(OWNERSHIP_PREFIX) and value == "owned"
    ]
    return next((name for name in named if name in known), "")


def managed_by(seen: SeenInstance) -> ManagedBy:
    """Who would replace the instance if it went."""
    if any(tag in seen.tags for tag in OUR_TAGS):
        return ManagedBy.ATHARVA
    if KARPENTER_TAG in seen.tags:
        return ManagedBy.KARPENTER
    if GROUP_TAG in seen.tags:
        return ManagedBy.GROUP
    return ManagedBy.NOBODY


def ownership(cluster: str) -> dict[str, str]:
    """The tag that makes an instance one of the cluster's."""
    return {OWNERSHIP_PREFIX + cluster: "owned"}
