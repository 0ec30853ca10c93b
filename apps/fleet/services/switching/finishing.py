"""What the end of a switch changes beside the switch, in the transaction that ends it."""

from datetime import datetime

from django.db.models import F
from django.utils import timezone

from apps.fleet.models import Instance, NodeGroup, Switch
from apps.fleet.signals import interruption_received, switch_finished
from apps.fleet.statuses import InstanceState, SwitchState

from . import announcing


def finish(switch: Switch) -> None:
    """Start the cool-downs, remember what a group gave, leave a notice where a person should look."""
    now = timezone.now()
    moved = [pk for pk in (switch.old_instance_id, switch.new_instance_id) if pk]
    Instance.objects.filter(pk__in=moved).update(moved_at=now)
    Instance.objects.filter(pk__in=moved, state=InstanceState.DRAINING).update(state=InstanceState.RUNNING)
    if switch.status is SwitchState.COMPLETE and switch.old_instance.group_id:
        # What is not replaced is not owed: a group is given back what runs elsewhere now.
        owed = 0 if switch.is_removal else 1
        NodeGroup.objects.filter(pk=switch.old_instance.group_id, desired__gt=F("min_size")).update(
            desired=F("desired") - 1, taken=F("taken") + owed
        )
    if switch.status is not SwitchState.COMPLETE:
        announcing.needs_a_person(
            switch, text=f"{switch.old_instance.ec2_id}: {switch.error or switch.detail}"
        )
    switch_finished.send(sender=Switch, switch=switch)
    pass_on_interruptions(moved, now)


def pass_on_interruptions(instances: list[int], now: datetime) -> None:
    """AWS takes one of the two nodes and it is still there: its own switch could not begin before now."""
    taken = Instance.objects.filter(pk__in=instances, interruption_at__gt=now)
    for instance in taken.exclude(state=InstanceState.TERMINATED):
        interruption_received.send(sender=Instance, instance=instance, deadline_at=instance.interruption_at)
