"""What the end of a launch changes beside the launch, in the transaction that ends it."""

from django.utils import timezone

from apps.fleet.models import Instance, Launch
from apps.fleet.signals import interruption_received, launch_finished
from apps.fleet.statuses import LaunchState


def finish(launch: Launch) -> None:
    """Start the node's cool-down, and tell whoever planned it."""
    instance, now = launch.instance, timezone.now()
    launch_finished.send(sender=Launch, launch=launch)
    if launch.state != LaunchState.READY or instance is None:
        return
    Instance.objects.filter(pk=instance.pk).update(moved_at=now)
    instance.refresh_from_db(fields=["interruption_at"])
    if instance.interruption_at and instance.interruption_at > now:
        # AWS takes it: its switch could not begin while the node was being bought.
        interruption_received.send(sender=Instance, instance=instance, deadline_at=instance.interruption_at)
