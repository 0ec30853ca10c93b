"""Switches as the live view shows them: the old node, the new one, and how far it is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from apps.accounts.models import Client
from apps.fleet.models import Instance, Launch, Pool, Switch, SwitchStep
from apps.fleet.statuses import DisruptionKind, Lifecycle, SwitchState
from atharva.web.templatetags.ui import short_zone
from atharva.web.tones import Tone

from .durations import usual_durations
from .steppers import StepView, steps_of

# A page shows the check of a finished lane for eight seconds, and may fetch late.
LINGERS = timedelta(seconds=15)
LISTED = timedelta(hours=1)
NEW_FOR = timedelta(minutes=5)
MOST_LISTED = 50

ICONS: dict[str, str] = {
    SwitchState.SUGGESTED: "lightbulb",
    SwitchState.PREPARING: "server",
    SwitchState.SWITCHING: "arrow-left-right",
    SwitchState.VERIFYING: "shield-check",
    SwitchState.COMPLETE: "check",
    SwitchState.ROLLING_BACK: "undo-2",
    SwitchState.ROLLED_BACK: "undo-2",
    SwitchState.FAILED: "octagon-alert",
}
WENT_BACK = (SwitchState.ROLLING_BACK, SwitchState.ROLLED_BACK, SwitchState.FAILED)


@dataclass(frozen=True, slots=True)
class PlateView:
    """A node; its price is its pool's at this moment, None where none is known."""

    instance_id: str
    lifecycle: str
    instance_type: str
    zone: str
    price_hourly_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class LaneView:
    switch_id: UUID
    cluster_id: UUID
    kind: str
    tone: Tone
    icon: str
    old: PlateView
    new: PlateView | None
    new_text: str
    steps: list[StepView]
    detail: str
    detail_strong: str
    saving_hourly_usd: Decimal
    saving_label: str
    deadline_at: datetime | None
    finished: bool


@dataclass(frozen=True, slots=True)
class FinishedRow:
    switch_id: UUID
    instance_id: str
    to_text: str
    saving_hourly_usd: Decimal
    at: datetime
    tone: Tone
    icon: str


@dataclass(frozen=True, slots=True)
class Moves:
    """A tenant's switches: each open (or just ended) one as a lane, those of the last hour as rows."""

    lanes: Mapping[UUID, list[LaneView]]  # by cluster
    finished: list[FinishedRow]
    leaving: frozenset[int]  # instances, by primary key
    arriving: frozenset[int]


def moves_of(client: Client, now: datetime) -> Moves:
    """Four queries, however many switches."""
    switches = list(_switches(client, now))
    shown = [switch for switch in switches if not switch.finished_at or switch.finished_at > now - LINGERS]
    entered = _entered(shown)
    usual = usual_durations(client)
    lanes: dict[UUID, list[LaneView]] = defaultdict(list)
    for switch in shown:
        lanes[switch.cluster_id].append(_lane(switch, entered[switch.pk], usual))
    ended = sorted((_finished(s) for s in switches if s.finished_at), key=lambda row: row.at, reverse=True)
    moving = [switch for switch in switches if not switch.finished_at]
    return Moves(
        lanes=lanes,
        finished=ended[:MOST_LISTED],
        leaving=frozenset(switch.old_instance_id for switch in moving),
        arriving=_bought(client, now)
        | {
            switch.new_instance_id
            for switch in switches
            if switch.new_instance_id and (not switch.finished_at or switch.finished_at > now - NEW_FOR)
        },
    )


def _bought(client: Client, now: datetime) -> frozenset[int]:
    """The instances that are, or were just now, bought for pods."""
    lately = Q(finished_at=None) | Q(finished_at__gt=now - NEW_FOR)
    launches = Launch.objects.filter(lately, cluster__client=client, instance__isnull=False)
    return frozenset(launches.order_by().values_list("instance", flat=True))


def _switches(client: Client, now: datetime) -> Iterable[Switch]:
    return (
        Switch.objects.filter(Q(finished_at=None) | Q(finished_at__gt=now - LISTED), cluster__client=client)
        .select_related("old_instance", "new_instance__pool", "from_pool", "to_pool")
        .defer("drain", "owners")
        .order_by("created_at", "pk")
    )


def _entered(switches: Iterable[Switch]) -> Mapping[UUID, dict[str, datetime]]:
    entered: dict[UUID, dict[str, datetime]] = defaultdict(dict)
    steps = SwitchStep.objects.filter(switch__in=[switch.pk for switch in switches]).order_by("entered_at")
    for switch_id, state, at in steps.values_list("switch_id", "state", "entered_at"):
        entered[switch_id][state] = at
    return entered


def _lane(switch: Switch, entered: Mapping[str, datetime], usual: Mapping[str, timedelta]) -> LaneView:
    saving = saving_of(switch)
    is_open = switch.finished_at is None
    interrupted = switch.kind == DisruptionKind.INTERRUPTION
    return LaneView(
        switch_id=switch.pk,
        cluster_id=switch.cluster_id,
        kind=switch.kind,
        tone=Tone.CRITICAL if interrupted and is_open else switch.status.tone,
        icon="zap" if interrupted and is_open else ICONS[switch.state],
        old=_plate(switch.old_instance, switch.from_pool),
        new=_plate(switch.new_instance, switch.new_instance.pool) if switch.new_instance else None,
        new_text="no replacement" if switch.is_removal else slot(switch.to_pool),
        steps=steps_of(switch, entered, usual),
        detail=switch.detail,
        detail_strong=f"{switch.status.label}." if switch.state in WENT_BACK else "",
        saving_hourly_usd=saving,
        saving_label=_saving_label(switch, saving),
        deadline_at=switch.deadline_at if is_open and switch.state != SwitchState.COMPLETE else None,
        finished=not is_open,
    )


def _plate(instance: Instance, pool: Pool | None) -> PlateView:
    return PlateView(
        instance_id=instance.ec2_id,
        lifecycle=instance.lifecycle,
        instance_type=instance.instance_type_id,
        zone=instance.zone,
        price_hourly_usd=pool.price_hourly_usd if pool else None,
    )


def _finished(switch: Switch) -> FinishedRow:
    assert switch.finished_at is not None  # noqa: S101  the caller took those that ended
    moved = switch.state == SwitchState.COMPLETE
    to = switch.detail if switch.is_removal else f"to {place(switch.to_pool)}"
    return FinishedRow(
        switch_id=switch.pk,
        instance_id=switch.old_instance.ec2_id,
        to_text=to if moved else f"{switch.status.label}. {switch.error}",
        saving_hourly_usd=saving_of(switch) if moved else Decimal(0),
        at=switch.finished_at,
        tone=switch.status.tone,
        icon=ICONS[switch.state],
    )


def slot(pool: Pool | None) -> str:
    """`m5.large 1b`, as the plates of a lane write it; its region is the cluster's."""
    return f"{pool.instance_type_id} {short_zone(pool.zone)}" if pool else "choosing a pool"


def place(pool: Pool | None) -> str:
    """`m5.large us-east-1b, spot`."""
    if pool is None:
        return "a pool is being chosen"
    return f"{pool.instance_type_id} {pool.zone}, {Lifecycle(pool.lifecycle).label.lower()}"


def saving_of(switch: Switch) -> Decimal:
    """USD an hour: what was found at the real price, before that what was promised."""
    if switch.saving_hourly_usd is not None:
        return switch.saving_hourly_usd
    return switch.saving_promised_hourly_usd


def _saving_label(switch: Switch, saving: Decimal) -> str:
    if switch.state in WENT_BACK:
        return "not saved"
    return "more/h" if saving < 0 else "saved/h"
