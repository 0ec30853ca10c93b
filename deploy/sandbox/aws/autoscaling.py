"""Auto Scaling groups that refill, spread over zones and types, and may be of spot instances."""

import copy
import math
import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, cast

from moto.autoscaling import urls as autoscaling_urls
from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.models import (
    ASG_NAME_TAG,
    AutoScalingBackend,
    DetachInstanceActivity,
    FakeAutoScalingGroup,
    InstanceState,
    TerminateInstanceActivity,
)
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.subnets import Subnet

from deploy.sandbox.aws import launching
from deploy.sandbox.aws.capacity import Lifecycle
from deploy.sandbox.aws.instances import SandboxInstance
from deploy.sandbox.aws.launching import LaunchSpec
from deploy.sandbox.aws.world import World

if TYPE_CHECKING:
    from deploy.sandbox.aws.ec2 import SandboxEC2Backend

RETRY_SECONDS = 10
AT_MINIMUM = (
    "Currently, desiredSize equals minSize ({minimum}). Terminating instance without replacement will "
    "violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower "
    "group's min size."
)


class SandboxMember(InstanceState):
    """A group's view of an instance: Pending until the instance runs."""

    def __init__(self, instance: SandboxInstance, **kwargs: Any) -> None:
        self._declared = "InService"
        super().__init__(instance, **kwargs)

    @property
    def lifecycle_state(self) -> str:
        booting = self._declared == "InService" and self.instance.state == "pending"
        return "Pending" if booting else self._declared

    @lifecycle_state.setter
    def lifecycle_state(self, state: str) -> None:
        self._declared = state


class SandboxGroup(FakeAutoScalingGroup):
    """Keeps as many live members as desired."""

    world: ClassVar[World]
    ec2_backend: "SandboxEC2Backend"

    def active_instances(self) -> list[InstanceState]:
        return [
            member for member in self.instance_states if member.lifecycle_state in ("InService", "Pending")
        ]

    def update(self, *args: Any, **kwargs: Any) -> None:
        if not kwargs.get("mixed_instances_policy") and not kwargs.get("launch_template"):
            # moto forgets the policy on an update that does not speak of it
            kwargs["mixed_instances_policy"] = self._policy_as_asked()
        super().update(*args, **kwargs)

    def _policy_as_asked(self) -> dict[str, Any] | None:
        """The policy as a request would give it: naming the template once, by its id."""
        policy = copy.deepcopy(self.mixed_instances_policy)
        if policy:
            policy["LaunchTemplate"]["LaunchTemplateSpecification"].pop("LaunchTemplateName", None)
        return policy

    def set_desired_capacity(self, new_capacity: int | None) -> None:
        self.desired_capacity = self.min_size if new_capacity is None else new_capacity
        self.reconcile()

    def reconcile(self) -> None:
        """Launch what is missing, end what is too much; what finds no capacity is tried again."""
        surplus = len(self.active_instances()) - (self.desired_capacity or 0)
        if surplus > 0:
            self._shrink(surplus)
        for _ in range(-surplus):
            if not self._launch_one():
                self.world.scheduler.after(RETRY_SECONDS, self._reconcile_if_alive)
                return

    def _reconcile_if_alive(self) -> None:
        if self.autoscaling_backend.autoscaling_groups.get(self.name) is self:
            self.reconcile()

    def member_left(self, instance: SandboxInstance) -> None:
        """A member is going: replace it shortly, unless desired was lowered with it."""
        if any(member.instance is instance for member in self.instance_states):
            self.instance_states = [one for one in self.instance_states if one.instance is not instance]
            self.world.scheduler.after(self.world.settings.refill_seconds, self._reconcile_if_alive)

    def _shrink(self, count: int) -> None:
        unprotected = [member for member in self.active_instances() if not member.protected_from_scale_in]
        leaving = [member.instance for member in unprotected[:count]]
        self.instance_states = [one for one in self.instance_states if one.instance not in leaving]
        for instance in leaving:
            instance.terminate()

    def _launch_one(self) -> bool:
        now = time.time()
        crowd = Counter(member.instance.availability_zone for member in self.instance_states)
        options = [
            (crowd[subnet.availability_zone], self._rank(spec, subnet, index, now), spec, subnet)
            for index, spec in enumerate(self._specs())
            for subnet in self._subnets(spec)
        ]
        for _, _, spec, subnet in sorted(options, key=lambda option: option[:2]):
            if launching.room(self.ec2_backend, spec, subnet, now) and self._accepts(spec, subnet):
                reservation = launching.launch(self.ec2_backend, spec, subnet, 1)
                self._adopt(reservation.instances[0])
                return True
        return False

    def _adopt(self, instance: Any) -> None:
        instance.autoscaling_group = self
        self.instance_states.append(
            SandboxMember(instance, protected_from_scale_in=self.new_instances_protected_from_scale_in)
        )

    def _accepts(self, spec: LaunchSpec, subnet: Subnet) -> bool:
        try:
            launching.check(self.ec2_backend, spec, subnet)
        except EC2ClientError:
            return False
        return True

    def _specs(self) -> list[LaunchSpec]:
        """What the next member may be, in the order of the policy's overrides."""
        assert self.ec2_launch_template is not None, "launch configurations are refused"
        wanted = {"LaunchTemplateId": self.ec2_launch_template.id, "Version": self.launch_template_version}
        template = launching.template_version(self.ec2_backend, wanted)
        base = launching.with_tags(
            launching.resolve(self.ec2_backend, {}, template),
            {**self.get_propagated_tags(), ASG_NAME_TAG: self.name},
        )
        if not self.mixed_instances_policy:
            return [base]
        lifecycle: Lifecycle = "on-demand" if self._next_is_on_demand() else "spot"
        overrides = self.mixed_instances_policy["LaunchTemplate"].get("Overrides") or [{}]
        return [
            replace(
                base, lifecycle=lifecycle, instance_type=override.get("InstanceType") or base.instance_type
            )
            for override in overrides
        ]

    @property
    def _distribution(self) -> dict[str, Any]:
        return (self.mixed_instances_policy or {}).get("InstancesDistribution") or {}

    def _next_is_on_demand(self) -> bool:
        base = int(self._distribution.get("OnDemandBaseCapacity") or 0)
        percent = self._distribution.get("OnDemandPercentageAboveBaseCapacity")
        above = max(0, (self.desired_capacity or 0) - base)
        share = math.ceil(above * (100 if percent is None else int(percent)) / 100)
        have = sum(member.instance.lifecycle != "spot" for member in self.active_instances())
        return have < min(self.desired_capacity or 0, base + share)

    def _rank(self, spec: LaunchSpec, subnet: Subnet, index: int, now: float) -> tuple[float, ...]:
        usd = self.ec2_backend.usd(spec.pool_in(subnet), now)
        if spec.lifecycle == "on-demand":
            lowest = self._distribution.get("OnDemandAllocationStrategy") == "lowest-price"
            return (usd, index) if lowest else (index, usd)
        strategy = self._distribution.get("SpotAllocationStrategy") or "lowest-price"
        deep = launching.room(self.ec2_backend, spec, subnet, now) >= 50
        if strategy == "capacity-optimized-prioritized":
            return (not deep, index)
        if strategy == "price-capacity-optimized" or strategy == "capacity-optimized":
            return (not deep, usd)
        pools = int(self._distribution.get("SpotInstancePools") or 2)
        kin = Counter((m.instance.instance_type, m.instance.availability_zone) for m in self.instance_states)
        here = kin[spec.instance_type, subnet.availability_zone]
        # lowest-price spreads over its N cheapest pools; a type already used N times over waits its turn
        return (here // pools, usd)

    def _subnets(self, spec: LaunchSpec) -> list[Subnet]:
        if self.vpc_zone_identifier:
            return [self.ec2_backend.get_subnet(name) for name in self.vpc_zone_identifier.split(",")]
        defaults = self.ec2_backend.get_default_subnets()
        return [defaults[zone] for zone in self.availability_zones if zone in defaults]


class SandboxAutoScalingBackend(AutoScalingBackend):
    """moto's, with AWS's refusals where a group's bounds would be left."""

    # moto looks for a backend's URLs beside its module
    _url_module: ClassVar[Any] = autoscaling_urls

    def set_desired_capacity(self, group_name: str, desired_capacity: int | None) -> None:
        group = self.autoscaling_groups.get(group_name)
        if group is None:
            raise ValidationError(f"AutoScalingGroup name not found - no such group: {group_name}")
        if desired_capacity is not None and desired_capacity > (group.max_size or 0):
            raise ValidationError(
                f"New SetDesiredCapacity value {desired_capacity} is above max value {group.max_size} for "
                "the AutoScalingGroup."
            )
        if desired_capacity is not None and desired_capacity < (group.min_size or 0):
            raise ValidationError(
                f"New SetDesiredCapacity value {desired_capacity} is below min value {group.min_size} for "
                "the AutoScalingGroup."
            )
        super().set_desired_capacity(group_name, desired_capacity)

    def delete_auto_scaling_group(self, group_name: str) -> None:
        if group := self.autoscaling_groups.get(group_name):
            group.min_size = 0
        super().delete_auto_scaling_group(group_name)

    def detach_instances(
        self, group_name: str, instance_ids: list[str], should_decrement: bool
    ) -> list[DetachInstanceActivity]:
        """Let members go without ending them; a decrement never goes below the minimum."""
        group = self.autoscaling_groups[group_name]
        if should_decrement and (group.desired_capacity or 0) - len(instance_ids) < (group.min_size or 0):
            raise ValidationError(AT_MINIMUM.format(minimum=group.min_size))
        leaving = [one.instance for one in group.instance_states if one.instance.id in instance_ids]
        activities = super().detach_instances(group_name, instance_ids, should_decrement)
        for instance in cast(list[SandboxInstance], leaving):
            del instance.autoscaling_group
        return activities

    def terminate_instance(self, instance_id: str, should_decrement: bool) -> TerminateInstanceActivity:
        """End a member. With a decrement the group shrinks with it, never below its minimum."""
        group, member = self._member(instance_id)
        before = group.desired_capacity or 0
        if should_decrement:
            if before <= (group.min_size or 0):
                raise ValidationError(AT_MINIMUM.format(minimum=group.min_size))
            group.desired_capacity = before - 1
        self.ec2_backend.terminate_instances([instance_id])
        return TerminateInstanceActivity(member.instance, before)

    def _member(self, instance_id: str) -> tuple[FakeAutoScalingGroup, InstanceState]:
        for group in self.autoscaling_groups.values():
            for member in group.instance_states:
                if member.instance.id == instance_id:
                    return group, member
        raise ValidationError(
            f"Instance Id not found - No managed instance found for instance ID: {instance_id}"
        )

    def create_launch_configuration(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused, as in every AWS account opened since 2024."""
        raise AutoscalingClientError(
            "UnsupportedOperation",
            "The Launch Configuration creation operation is not available in your account. Use launch "
            "templates to create configuration templates for your Auto Scaling groups.",
        )
