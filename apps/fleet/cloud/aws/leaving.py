"""Ending instances."""

from apps.fleet.errors import CloudRefused, GroupAtMinimum

from .inventory import missing_or
from .region import Region

# Auto Scaling has one code for everything that it refuses; only its sentences differ.
AT_MINIMUM = "min size"
NO_MEMBER = "not found"


class Leaving(Region):
    def terminate(self, instance_id: str) -> None:
        try:
            self.call(self.ec2.terminate_instances, InstanceIds=[instance_id])
        except CloudRefused as refused:
            raise missing_or(refused, instance_id) from refused

    def terminate_in_group(self, instance_id: str) -> None:
        try:
            self.call(
                self.autoscaling.terminate_instance_in_auto_scaling_group,
                InstanceId=instance_id,
                ShouldDecrementDesiredCapacity=True,
            )
        except CloudRefused as refused:
            why = str(refused.details["why"])
            if NO_MEMBER in why:
                # It left the group, perhaps at our first asking; what counts is that it ends.
                self.terminate(instance_id)
            elif AT_MINIMUM in why:
                raise self._at_minimum(instance_id) from refused
            else:
                raise

    def _at_minimum(self, instance_id: str) -> GroupAtMinimum:
        [member] = self.call(self.autoscaling.describe_auto_scaling_instances, InstanceIds=[instance_id])[
            "AutoScalingInstances"
        ]
        name = member["AutoScalingGroupName"]
        [group] = self.call(self.autoscaling.describe_auto_scaling_groups, AutoScalingGroupNames=[name])[
            "AutoScalingGroups"
        ]
        return GroupAtMinimum(group=name, minimum=group["MinSize"])
