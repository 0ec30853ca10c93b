"""What runs in a region: instances, their health, groups, subnets."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from apps.fleet.errors import CloudRefused, InstanceMissing

from ..port import SeenGroup, SeenInstance
from .region import Region

PAGE = 500
GROUP_PAGE = 100
IDS_PER_CALL = 200
NOT_TERMINATED = ["pending", "running", "shutting-down", "stopping", "stopped"]
NOT_FOUND = "InvalidInstanceID.NotFound"
INSTANCE_ID = re.compile(r"i-[0-9a-f]+")


class Inventory(Region):
    def instances(self, *, launched_after: datetime | None = None) -> Iterator[SeenInstance]:
        living = {"Name": "instance-state-name", "Values": NOT_TERMINATED}
        for page in self.call.pages(self.ec2.describe_instances, Filters=[living], MaxResults=PAGE):
            for instance in _instances_in(page):
                if launched_after is None or instance.launched_at > launched_after:
                    yield instance

    def instances_by_id(self, ids: Iterable[str]) -> dict[str, SeenInstance]:
        return {
            instance.id: instance
            for page in self._of_known(self.ec2.describe_instances, ids)
            for instance in _instances_in(page)
        }

    def passed_status_checks(self, ids: Iterable[str]) -> frozenset[str]:
        return frozenset(
            status["InstanceId"]
            for page in self._of_known(self.ec2.describe_instance_status, ids)
            for status in page["InstanceStatuses"]
            if status["InstanceStatus"]["Status"] == status["SystemStatus"]["Status"] == "ok"
        )

    def groups(self) -> Iterator[SeenGroup]:
        pages = self.call.pages(self.autoscaling.describe_auto_scaling_groups, MaxRecords=GROUP_PAGE)
        for page in pages:
            for group in page["AutoScalingGroups"]:
                yield seen_group(group)

    def subnets(self, ids: Iterable[str]) -> dict[str, str]:
        wanted = sorted(set(ids))
        if not wanted:
            return {}
        found = self.call(self.ec2.describe_subnets, SubnetIds=wanted)["Subnets"]
        return {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in found}

    def tag(self, instance_id: str, tags: Mapping[str, str]) -> None:
        try:
            self.call(self.ec2.create_tags, Resources=[instance_id], Tags=tag_list(tags))
        except CloudRefused as refused:
            raise missing_or(refused, instance_id) from refused

    def _of_known(
        self, method: Callable[..., Mapping[str, Any]], ids: Iterable[str]
    ) -> Iterator[Mapping[str, Any]]:
        """The method's pages for those of `ids` that EC2 knows.

        EC2 refuses a whole call for one unknown id and names the unknown ones; it is asked again without
        them. (A filter on the id would not be refused, but EC2 throttles filtered calls sooner.)
        """
        wanted = sorted(set(ids))
        while wanted:
            batch, wanted = wanted[:IDS_PER_CALL], wanted[IDS_PER_CALL:]
            try:
                yield from self.call.pages(method, InstanceIds=batch)
            except CloudRefused as refused:
                unknown = unknown_ids(refused)
                if not unknown & set(batch):
                    raise
                wanted = [one for one in batch if one not in unknown] + wanted


def unknown_ids(refused: CloudRefused) -> frozenset[str]:
    """The instances that EC2 says it does not know; none where it refused for another reason."""
    if refused.details["aws_code"] != NOT_FOUND:
        return frozenset()
    return frozenset(INSTANCE_ID.findall(str(refused.details["why"])))


def missing_or(refused: CloudRefused, instance_id: str) -> InstanceMissing | CloudRefused:
    """InstanceMissing where that is why AWS refused, otherwise the refusal as it came."""
    if refused.details["aws_code"] == NOT_FOUND:
        return InstanceMissing(instance=instance_id)
    return refused


def tags_of(tagged: Mapping[str, Any]) -> dict[str, str]:
    """The tags of anything that EC2 or Auto Scaling describes."""
    return {tag["Key"]: tag["Value"] for tag in tagged.get("Tags", ())}


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as AWS takes them, in a stable order."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def _instances_in(page: Mapping[str, Any]) -> Iterator[SeenInstance]:
    for reservation in page["Reservations"]:
        for instance in reservation["Instances"]:
            yield seen(instance)


def seen(instance: Mapping[str, Any]) -> SeenInstance:
    """An instance of DescribeInstances in the port's words."""
    return SeenInstance(
        id=instance["InstanceId"],
        state=instance["State"]["Name"],
        instance_type=instance["InstanceType"],
        zone=instance["Placement"]["AvailabilityZone"],
        lifecycle="spot" if instance.get("InstanceLifecycle") == "spot" else "on_demand",
        launched_at=instance["LaunchTime"],
        private_dns=instance.get("PrivateDnsName", ""),
        image_id=instance.get("ImageId", ""),
        subnet_id=instance.get("SubnetId", ""),
        security_group_ids=tuple(group["GroupId"] for group in instance.get("SecurityGroups", ())),
        instance_profile_arn=instance.get("IamInstanceProfile", {}).get("Arn", ""),
        tags=tags_of(instance),
    )


def seen_group(group: Mapping[str, Any]) -> SeenGroup:
    """A group of DescribeAutoScalingGroups in the port's words."""
    template = template_of(group)
    return SeenGroup(
        name=group["AutoScalingGroupName"],
        min_size=group["MinSize"],
        desired=group["DesiredCapacity"],
        max_size=group["MaxSize"],
        launch_template_id=template.get("LaunchTemplateId", ""),
        launch_template_version=template.get("Version", "$Default") if template else "",
        instance_ids=tuple(instance["InstanceId"] for instance in group.get("Instances", ())),
        subnet_ids=tuple(one for one in group.get("VPCZoneIdentifier", "").split(",") if one),
        tags=tags_of(group),
    )


def template_of(group: Mapping[str, Any]) -> Mapping[str, Any]:
    """The launch template of a group, its mixed instances policy's where it has one; else empty."""
    mixed = group.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {})
    found: Mapping[str, Any] = group.get("LaunchTemplate") or mixed.get("LaunchTemplateSpecification", {})
    return found
