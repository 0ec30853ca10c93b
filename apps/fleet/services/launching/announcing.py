"""What pages hear of a launch, once it is stored."""

from django.db import transaction

from apps.fleet.models import Enter, Launch, LaunchOutcome
from apps.fleet.statuses import LaunchState
from atharva.live import publish_to_client


def planned(launch: Launch) -> None:
    """Tell the tenant's pages that a node is about to be bought."""
    _tell(launch, launch.detail)


def stepped(launch: Launch, outcome: LaunchOutcome, *, before: str) -> None:
    """Tell of a new state or of a new detail of the same one; silent where neither changed."""
    if isinstance(outcome, Enter) or outcome.detail != before:
        _tell(launch, outcome.detail)


def _tell(launch: Launch, detail: str) -> None:
    client_id, pool, state = launch.cluster.client_id, launch.pool, LaunchState(launch.state)
    body = {
        "launch_id": str(launch.pk),
        "cluster_id": str(launch.cluster_id),
        "plan_id": str(launch.plan_id) if launch.plan_id else None,
        "state": state,
        "label": state.label,
        "tone": state.tone,
        "detail": detail,
        "error": launch.error,
        "instance": launch.instance.ec2_id if launch.instance else None,
        "instance_type": pool.instance_type_id if pool else None,
        "zone": pool.zone if pool else None,
        "pods": len(launch.pods),
    }
    transaction.on_commit(lambda: publish_to_client(client_id, "launch_progress", **body))
