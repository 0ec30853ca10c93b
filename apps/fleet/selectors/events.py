"""What happened, newest first: switches that began or ended, nodes bought, notices, unreadable messages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.fleet.models import CloudEvent, Launch, Notification, SwitchStep
from apps.fleet.statuses import CloudEventState, LaunchState, NoticeKind, SwitchState
from atharva.web.templatetags.ui import usd
from atharva.web.tones import Tone

from .lanes import place, saving_of
from .lists import with_purchases

SHOWN = 50
TOLD = (SwitchState.SUGGESTED, SwitchState.COMPLETE, SwitchState.ROLLED_BACK, SwitchState.FAILED)

SWITCH_LOOK: dict[str, tuple[str, str]] = {
    SwitchState.SUGGESTED: ("lightbulb", "Suggested"),
    SwitchState.COMPLETE: ("check", "Moved"),
    SwitchState.ROLLED_BACK: ("undo-2", "Rolled back"),
    SwitchState.FAILED: ("octagon-alert", "Needs a person"),
}
NOTICE_LOOK: dict[str, tuple[Tone, str, str]] = {
    NoticeKind.REBALANCE: (Tone.RISK, "triangle-alert", "Rebalance"),
    NoticeKind.TERMINATION: (Tone.CRITICAL, "zap", "Interruption"),
    NoticeKind.HEALTH: (Tone.RISK, "wrench", "AWS Health"),
    NoticeKind.SWITCH: (Tone.RISK, "undo-2", "Switch"),
}


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One line of the feed. `key` names what it came from; `context` says where, in names."""

    key: str
    at: datetime
    tone: Tone
    icon: str
    label: str
    text: str
    instance: str
    context: str
    client_id: UUID


def platform_events() -> list[FeedEvent]:
    """The newest events of all tenants. Four queries."""
    # A switch that failed has its step; its notice would say it twice.
    notices = Notification.objects.exclude(kind=NoticeKind.SWITCH)
    events = [*_steps(), *_purchases(), *notice_events(notices), *_dead_letters()]
    events.sort(key=lambda event: event.at, reverse=True)
    return events[:SHOWN]


def notice_events(notices: QuerySet[Notification], limit: int = SHOWN) -> Iterator[FeedEvent]:
    """The newest of `notices` as events. One query."""
    for notice in (
        notices.select_related("client", "cluster", "instance")
        .defer("cluster__kubeconfig")
        .order_by("-created_at")[:limit]
    ):
        tone, icon, label = NOTICE_LOOK[notice.kind]
        yield FeedEvent(
            key=f"notice-{notice.pk}",
            at=notice.created_at,
            tone=tone,
            icon=icon,
            label=label,
            text=notice.text,
            instance=notice.instance.ec2_id if notice.instance else "",
            context=_where(notice.client.name, notice.cluster.name if notice.cluster else ""),
            client_id=notice.client_id,
        )


def _steps() -> Iterator[FeedEvent]:
    steps = (
        SwitchStep.objects.filter(state__in=TOLD)
        .select_related("switch__cluster__client", "switch__old_instance", "switch__to_pool")
        .defer("switch__cluster__kubeconfig")
        .order_by("-entered_at")
    )
    for step in steps[:SHOWN]:
        icon, label = SWITCH_LOOK[step.state]
        cluster = step.switch.cluster
        yield FeedEvent(
            key=f"step-{step.pk}",
            at=step.entered_at,
            tone=SwitchState(step.state).tone,
            icon=icon,
            label=label,
            text=_told(step),
            instance=step.switch.old_instance.ec2_id,
            context=_where(cluster.client.name, cluster.name),
            client_id=cluster.client_id,
        )


def _told(step: SwitchStep) -> str:
    """A move is told by where it went; anything else by what the step said."""
    if step.state != SwitchState.COMPLETE:
        return step.detail
    saving = saving_of(step.switch)
    word = "saves" if saving >= 0 else "costs more by"
    to = "without a replacement" if step.switch.is_removal else f"to {place(step.switch.to_pool)}"
    return f"{to}, {word} {usd(abs(saving), 4)}/h"


def _purchases() -> Iterator[FeedEvent]:
    """Nodes that were bought for pods, and launches that failed; what was called off is not told."""
    told = Launch.objects.filter(Q(instance__isnull=False) | Q(state=LaunchState.FAILED))
    newest = with_purchases(told).select_related("cluster__client", "instance", "pool")
    for launch in newest.defer("pods", "cluster__kubeconfig").order_by("-created_at")[:SHOWN]:
        failed = launch.state == LaunchState.FAILED
        yield FeedEvent(
            key=f"launch-{launch.pk}-failed" if failed else f"launch-{launch.pk}",
            at=launch.entered_at if failed or not launch.instance else launch.instance.launched_at,
            tone=LaunchState.FAILED.tone if failed else LaunchState.READY.tone,
            icon="octagon-alert" if failed else "server",
            label="Not bought" if failed else "Bought",
            text=launch.error if failed else _bought(launch),
            instance=launch.instance.ec2_id if launch.instance else "",
            context=_where(launch.cluster.client.name, launch.cluster.name),
            client_id=launch.cluster.client_id,
        )


def _bought(launch: Launch) -> str:
    pods: int = launch.pod_count  # type: ignore[attr-defined]  # annotated by with_purchases
    where = f"{launch.pool.instance_type_id} in {launch.pool.zone}" if launch.pool else "a node"
    if not pods:
        return f"{where} for room to spare"
    return f"{where} for {pods} pod{'' if pods == 1 else 's'}"


def _dead_letters() -> Iterator[FeedEvent]:
    events = CloudEvent.objects.filter(state=CloudEventState.DEAD).select_related("account__client")
    for event in events.order_by("-received_at")[:SHOWN]:
        yield FeedEvent(
            key=f"event-{event.pk}",
            at=event.received_at,
            tone=Tone.RISK,
            icon="mail-x",
            label="Not understood",
            text=f"{event.kind}: {event.note}",
            instance=event.instance_id,
            context=_where(event.account.client.name, event.account.name),
            client_id=event.account.client_id,
        )


def _where(client: str, place: str) -> str:
    return f"{client}, {place}" if place else client
