"""What each kind of event does. Called inside the transaction that also closes the event's row."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from apps.fleet.models import CloudEvent, Instance, Notification, PoolEvent
from apps.fleet.services.pools import remember
from apps.fleet.services.waking import wake
from apps.fleet.signals import interruption_received, rebalance_recommended
from apps.fleet.statuses import InstanceState, NoticeKind
from atharva.live import publish_to_client

from .reading import GROUP_TERMINATES, HEALTH, INTERRUPTION, REBALANCE, STATE_CHANGE

# AWS takes an instance this long after its warning.
WARNING = timedelta(seconds=120)
# EC2's words; a stopped instance runs nothing, so for us it is over, as in discovery.
STATES = {"pending": InstanceState.PENDING, "running": InstanceState.RUNNING}

Effect = Callable[[CloudEvent, Instance, datetime], str]


def interrupted(event: CloudEvent, instance: Instance, now: datetime) -> str:
    """AWS takes the instance: whoever receives the signal moves its pods before the deadline."""
    deadline = event.happened_at + WARNING
    if instance.interruption_at is not None and deadline - instance.interruption_at < WARNING:
        return "The warning was known already."
    instance.interruption_at = deadline
    instance.save(update_fields=["interruption_at"])
    text = f"AWS takes {_named(instance)} at {deadline:%H:%M:%S} UTC."
    notify(event, instance, NoticeKind.TERMINATION, text)
    if instance.state == InstanceState.TERMINATED:
        # Nothing is left to move; that it happened still tells something of the pool.
        remember(instance, PoolEvent.Kind.INTERRUPTION, event.happened_at)
    else:
        interruption_received.send(Instance, instance=instance, deadline_at=deadline)
    late = now - deadline
    return f"Came {late.total_seconds():.0f} s after its deadline." if late > timedelta() else ""


def rebalance(event: CloudEvent, instance: Instance, now: datetime) -> str:
    instance.rebalance_at = event.happened_at
    instance.save(update_fields=["rebalance_at"])
    notify(event, instance, NoticeKind.REBALANCE, f"AWS recommends to move {_named(instance)}.")
    if instance.state == InstanceState.TERMINATED:
        remember(instance, PoolEvent.Kind.REBALANCE, event.happened_at)
    else:
        rebalance_recommended.send(Instance, instance=instance)
    return ""


def state_changed(event: CloudEvent, instance: Instance, now: datetime) -> str:
    """Take over EC2's state, and let whoever waits for the instance look at once.

    Events come in no order, so a state never goes back: what is over is over.
    """
    told = STATES.get(event.body["detail"].get("state"), InstanceState.TERMINATED)
    rows = Instance.objects.filter(pk=instance.pk)
    if told == InstanceState.TERMINATED:
        rows.exclude(state=told).update(state=told, terminated_at=event.happened_at)
    elif told == InstanceState.RUNNING:
        rows.filter(state=InstanceState.PENDING).update(state=told)
    wake([instance.pk])
    return ""


def health(event: CloudEvent, instance: Instance, now: datetime) -> str:
    detail = event.body["detail"]
    code = str(detail.get("eventTypeCode", "a health event")).removeprefix("AWS_EC2_")
    what = code.replace("_", " ").lower()
    begins = f", from {detail['startTime']}" if detail.get("startTime") else ""
    notify(event, instance, NoticeKind.HEALTH, f"AWS announces {what} for {_named(instance)}{begins}.")
    return ""


def leaves_group(event: CloudEvent, instance: Instance, now: datetime) -> str:
    detail = event.body["detail"]
    group, hook = detail.get("AutoScalingGroupName", "?"), detail.get("LifecycleHookName", "?")
    text = f"Auto Scaling group {group} ends {_named(instance)}; its hook {hook} holds it for a while."
    notify(event, instance, NoticeKind.TERMINATION, text)
    return ""


EFFECTS: dict[str, Effect] = {
    INTERRUPTION: interrupted,
    REBALANCE: rebalance,
    STATE_CHANGE: state_changed,
    HEALTH: health,
    GROUP_TERMINATES: leaves_group,
}


def notify(event: CloudEvent, instance: Instance, kind: NoticeKind, text: str) -> None:
    """Leave a notice for the tenant, and show it on open pages once it is committed."""
    notice = Notification.objects.create(
        client_id=event.account.client_id,
        cluster_id=instance.cluster_id,
        instance=instance,
        kind=kind,
        text=text[:300],
        created_at=event.happened_at,
    )
    transaction.on_commit(
        lambda: publish_to_client(
            event.account.client_id,
            "notification",
            id=notice.pk,
            kind=notice.kind,
            text=notice.text,
            cluster_id=notice.cluster_id,
            instance=instance.ec2_id,
            created_at=notice.created_at,
        )
    )


def _named(instance: Instance) -> str:
    return f"{instance.ec2_id} ({instance.node_name})" if instance.node_name else instance.ec2_id
