"""What the pipeline does when the fleet announces something."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from apps.fleet.models import Instance, Launch, PoolEvent, Switch
from apps.fleet.signals import (
    interruption_received,
    launch_finished,
    pool_without_capacity,
    rebalance_recommended,
    switch_finished,
)

from .decision.due import mark_due
from .decision.interruptions import answer_interruption
from .decision.rebalancing import take_recommendation
from .market.memory import remember, set_aside
from .placement.closing import close_plan


@receiver(interruption_received)
def on_interruption(instance: Instance, deadline_at: datetime, **_: Any) -> None:
    answer_interruption(instance, deadline_at)
    remember(instance, PoolEvent.Kind.INTERRUPTION, now=timezone.now())
    if instance.cluster_id is not None:
        mark_due(instance.cluster_id)


@receiver(rebalance_recommended)
def on_rebalance(instance: Instance, **_: Any) -> None:
    """Evidence, and an order only where the cluster's policy makes it one."""
    take_recommendation(instance, now=timezone.now())


@receiver(pool_without_capacity)
def on_no_capacity(pool_id: int, **_: Any) -> None:
    set_aside(pool_id, now=timezone.now())


@receiver(switch_finished)
def on_switch_finished(switch: Switch, **_: Any) -> None:
    """A place in the budget is free again."""
    mark_due(switch.cluster_id)


@receiver(launch_finished)
def on_launch_finished(launch: Launch, **_: Any) -> None:
    if launch.plan_id is not None:
        close_plan(launch.plan_id, now=timezone.now())
