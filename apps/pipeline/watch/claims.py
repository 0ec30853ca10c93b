"""Where the volumes of pods that wait are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from apps.fleet.kube import kube_of
from apps.fleet.kube.port import Claim, SeenPod
from apps.fleet.models import Cluster
from atharva.api.problems import Problem

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Bound:
    """Pods whose claims are known, and the zones of those whose volumes are not everywhere."""

    pods: Sequence[SeenPod]
    zones: Mapping[Claim, frozenset[str]]


def bound(cluster: Cluster, pods: Sequence[SeenPod]) -> Bound:
    """Those of `pods` that a node can help.

    One whose claim is not there is not helped by any; and where the cluster does not say where the volumes
    are, a node might be bought where nobody needs it.
    """
    claims = {(pod.namespace, claim) for pod in pods for claim in pod.claims}
    if not claims:
        return Bound(pods, {})
    try:
        found = kube_of(cluster).claim_zones(claims)
    except Problem as error:
        log.warning("planner.claims_unknown", cluster=cluster.name, claims=len(claims), error=str(error))
        found = {}
    helped = [pod for pod in pods if all((pod.namespace, claim) in found for claim in pod.claims)]
    return Bound(helped, {claim: zones for claim, zones in found.items() if zones})
