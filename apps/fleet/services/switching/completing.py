"""complete: the old instance goes, out of its group without a successor, and is seen to be gone."""

from datetime import datetime, timedelta

from apps.fleet.cloud import Cloud, cloud_of
from apps.fleet.errors import GroupAtMinimum, InstanceMissing
from apps.fleet.models import Done, Instance, LookAgain, Outcome, Switch
from apps.fleet.services.discovery import refresh_instances
from apps.fleet.statuses import DisruptionKind, InstanceState

from . import removing

TERMINATE_POLL = timedelta(seconds=5)


def complete(switch: Switch, now: datetime) -> Outcome:
    """Terminate the old instance; done once EC2 says that it is terminated."""
    old = switch.old_instance
    if old.state != InstanceState.TERMINATED:
        try:
            end(cloud_of(switch.cluster), old)
        except GroupAtMinimum:
            if DisruptionKind(switch.kind).is_voluntary:
                raise
            return LookAgain(
                TERMINATE_POLL, f"AWS takes {old.ec2_id}; its group, at its minimum, replaces it too"
            )
        refresh_instances(switch.cluster.account, switch.cluster.region, [old.ec2_id])
        old.refresh_from_db(fields=["state", "terminated_at"])
    if old.state != InstanceState.TERMINATED:
        return LookAgain(TERMINATE_POLL, f"Terminating {old.ec2_id}")
    if switch.is_removal:
        return Done(removing.done(switch))
    to = switch.new_instance.ec2_id if switch.new_instance else "no replacement"
    return Done(f"{old.ec2_id} is gone, {to} has taken over")


def end(cloud: Cloud, instance: Instance) -> None:
    """Terminate an instance as what it is: a group's member leaves with the group's desired count."""
    try:
        if instance.group_id is not None:
            cloud.terminate_in_group(instance.ec2_id)
        else:
            cloud.terminate(instance.ec2_id)
    except InstanceMissing:
        return  # EC2 forgets an instance about an hour after its end
