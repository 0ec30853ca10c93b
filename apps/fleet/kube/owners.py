"""How a pod's owner stands, per kind of owner."""

from collections.abc import Callable

from . import wire
from .port import Owner, Replicas

PATHS = {
    "Deployment": "/apis/apps/v1/namespaces/{namespace}/deployments/{name}",
    "ReplicaSet": "/apis/apps/v1/namespaces/{namespace}/replicasets/{name}",
    "StatefulSet": "/apis/apps/v1/namespaces/{namespace}/statefulsets/{name}",
    "ReplicationController": "/api/v1/namespaces/{namespace}/replicationcontrollers/{name}",
    "Job": "/apis/batch/v1/namespaces/{namespace}/jobs/{name}",
}


def replicas_of(owner: Owner, found: wire.Scaled) -> Replicas:
    """How `owner`, as `found`, stands."""
    wanted, ready = READERS.get(owner.kind, _scaled)(found)
    return Replicas(owner, wanted, ready)


def _scaled(owner: wire.Scaled) -> tuple[int, int]:
    wanted = owner.spec.replicas
    return 1 if wanted is None else wanted, owner.status.ready_replicas or 0


def _job(job: wire.Scaled) -> tuple[int, int]:
    """The pods that should run now: as many at once as the job allows, while completions are missing."""
    spec, status = job.spec, job.status
    is_over = any(c.type in ("Complete", "Failed") and c.status == "True" for c in status.conditions or ())
    if is_over or spec.suspend:
        return 0, 0
    wanted = 1 if spec.parallelism is None else spec.parallelism
    if spec.completions is not None:
        wanted = min(wanted, max(0, spec.completions - (status.succeeded or 0)))
    return wanted, status.ready or 0


READERS: dict[str, Callable[[wire.Scaled], tuple[int, int]]] = {"Job": _job}
