"""Undoing what the platform changed: a group gets its members back, an instance loses our tags."""

from collections.abc import Collection

from apps.fleet.errors import CloudRefused, GroupMissing, GroupTooSmall

from ..port import SeenGroup
from .inventory import missing_or, seen_group
from .region import Region

# Auto Scaling has one code for everything that it refuses; only its sentences differ.
ABOVE_MAXIMUM = "above max value"


class GivingBack(Region):
    def group(self, name: str) -> SeenGroup:
        found = self.call(self.autoscaling.describe_auto_scaling_groups, AutoScalingGroupNames=[name])
        for group in found["AutoScalingGroups"]:
            return seen_group(group)
        raise GroupMissing(group=name)

    def set_desired(self, group: str, desired: int) -> None:
        try:
            self.call(
                self.autoscaling.set_desired_capacity, AutoScalingGroupName=group, DesiredCapacity=desired
            )
        except CloudRefused as refused:
            if ABOVE_MAXIMUM not in str(refused.details["why"]):
                raise
            raise GroupTooSmall(group=group, wanted=desired, maximum=self.group(group).max_size) from refused

    def untag(self, instance_id: str, keys: Collection[str]) -> None:
        try:
            self.call(
                self.ec2.delete_tags, Resources=[instance_id], Tags=[{"Key": key} for key in sorted(keys)]
            )
        except CloudRefused as refused:
            raise missing_or(refused, instance_id) from refused
