"""What people and pages hear of a switch, once it is stored."""

from decimal import Decimal
from typing import Any

from django.db import transaction

from apps.fleet.models import Go, Notification, Outcome, Switch
from apps.fleet.statuses import NoticeKind, SwitchState
from atharva.live import publish_to_client


def suggested(switch: Switch) -> None:
    """Tell the tenant's pages that a node is about to move."""
    _tell(
        switch,
        "switch_suggested",
        **{"from": switch.old_instance.ec2_id},
        to=switch.to_pool_id,
        reason=switch.reason,
        saving_hourly_usd=_usd(switch.saving_promised_hourly_usd),
    )


def stepped(switch: Switch, outcome: Outcome, *, before: str) -> None:
    """Tell of a new state or of a new detail of the same one; silent where neither changed."""
    if not isinstance(outcome, Go) and outcome.detail == before:
        return
    if switch.finished_at and switch.status is SwitchState.COMPLETE:
        _tell(
            switch,
            "switch_completed",
            instance=switch.old_instance.ec2_id,
            new_instance=switch.new_instance.ec2_id if switch.new_instance else None,
            new_pool=switch.to_pool_id,
        )
    elif switch.status is SwitchState.FAILED:
        _tell(
            switch, "switch_failed", instance=switch.old_instance.ec2_id, error=switch.error or outcome.detail
        )
    else:
        _tell(
            switch,
            "switch_progress",
            instance=switch.old_instance.ec2_id,
            step=switch.state,
            detail=outcome.detail,
        )


def needs_a_person(switch: Switch, *, text: str) -> None:
    """Leave a notice of a switch that failed or was rolled back."""
    Notification.objects.create(
        client_id=switch.cluster.client_id,
        cluster=switch.cluster,
        instance=switch.old_instance,
        kind=NoticeKind.SWITCH,
        text=text[:300],
        created_at=switch.entered_at,
    )


def _tell(switch: Switch, type: str, **fields: Any) -> None:
    client_id = switch.cluster.client_id
    body = {"switch_id": str(switch.pk), "cluster_id": str(switch.cluster_id), **fields}
    transaction.on_commit(lambda: publish_to_client(client_id, type, **body))


def _usd(amount: Decimal) -> str:
    return f"{amount:.6f}"
