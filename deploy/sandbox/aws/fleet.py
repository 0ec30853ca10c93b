"""CreateFleet of type instant."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.subnets import Subnet
from moto.ec2.utils import convert_tag_spec, random_fleet_id

from deploy.sandbox.aws import launching
from deploy.sandbox.aws.capacity import Lifecycle
from deploy.sandbox.aws.launching import LaunchSpec

if TYPE_CHECKING:
    from deploy.sandbox.aws.ec2 import SandboxEC2Backend

CAPACITY_AWARE = ("price-capacity-optimized", "capacity-optimized", "capacity-optimized-prioritized")
# Room above which a pool counts as safe, and above which it counts as usable.
DEEP, SHALLOW = 50, 10
ICE = (
    "InsufficientInstanceCapacity",
    "We currently do not have sufficient {type} capacity in the Availability Zone you requested ({zone}).",
)
UNFULFILLABLE = (
    "UnfulfillableCapacity",
    "Unable to fulfill capacity due to your request configuration. Please adjust your request and try again.",
)
SPOT_QUOTA = ("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded")
VCPU_QUOTA = (
    "VcpuLimitExceeded",
    "You have requested more vCPU capacity than your current vCPU limit allows for the instance bucket that "
    "the specified instance type belongs to.",
)
PRICE_TOO_LOW = (
    "SpotMaxPriceTooLow",
    "Your Spot request price of {price} is lower than the minimum required Spot request fulfillment price.",
)


@dataclass(frozen=True)
class Option:
    """One override of the request, laid over its launch template."""

    spec: LaunchSpec
    override: dict[str, Any]
    template: dict[str, str]

    def named(self) -> dict[str, Any]:
        """How the answer names it."""
        overrides = {"InstanceType": self.spec.instance_type, **self.override}
        return {"LaunchTemplateSpecification": self.template, "Overrides": overrides}


@dataclass(frozen=True)
class Candidate:
    """One pool a fleet may launch from."""

    option: Option
    subnet: Subnet
    room: int
    usd: float

    @property
    def zone(self) -> str:
        return str(self.subnet.availability_zone)

    @property
    def depth(self) -> int:
        """0 for plenty of room, 2 for nearly none: what AWS calls optimised for capacity."""
        return 0 if self.room >= DEEP else 1 if self.room >= SHALLOW else 2

    @property
    def priority(self) -> float:
        return float(self.option.override.get("Priority") or 1e9)


RANKS: dict[str, Any] = {
    "price-capacity-optimized": lambda c: (c.depth, c.usd),
    "capacity-optimized": lambda c: (-c.room, c.usd),
    "capacity-optimized-prioritized": lambda c: (c.depth, c.priority, c.usd),
    "prioritized": lambda c: (c.priority, c.usd),
    "lowest-price": lambda c: c.usd,
}


class InstantFleet:
    """One request: candidates, launches, and what went wrong."""

    def __init__(
        self,
        backend: "SandboxEC2Backend",
        request: dict[str, Any],
        require_launch: Callable[[LaunchSpec], None],
    ) -> None:
        """`require_launch` raises EC2ClientError where the caller may not launch that."""
        self.backend = backend
        self._require_launch = require_launch
        self.request = request
        self.id = random_fleet_id()
        self.errors: list[dict[str, Any]] = []
        self._launched: dict[tuple[str, ...], dict[str, Any]] = {}
        self._now = time.time()

    def fulfil(self) -> dict[str, Any]:
        """Launch what can be launched and answer as AWS does: 200, whatever was possible.

        Raises for an unknown launch template or version.
        """
        for lifecycle, count in self._targets().items():
            if count:
                self._fulfil(lifecycle, count)
        return {"FleetId": self.id, "Errors": self.errors, "Instances": list(self._launched.values())}

    def _targets(self) -> dict[Lifecycle, int]:
        target = self.request["TargetCapacitySpecification"]
        spot = int(target.get("SpotTargetCapacity") or 0)
        on_demand = int(target.get("OnDemandTargetCapacity") or 0)
        rest = max(0, int(target["TotalTargetCapacity"]) - spot - on_demand)
        if target.get("DefaultTargetCapacityType") == "spot":
            return {"on-demand": on_demand, "spot": spot + rest}
        return {"on-demand": on_demand + rest, "spot": spot}

    def _strategy(self, lifecycle: Lifecycle) -> str:
        options = self.request.get("SpotOptions" if lifecycle == "spot" else "OnDemandOptions") or {}
        return options.get("AllocationStrategy") or "lowest-price"

    def _fulfil(self, lifecycle: Lifecycle, wanted: int) -> None:
        strategy = self._strategy(lifecycle)
        candidates = sorted(self._candidates(lifecycle), key=RANKS.get(strategy, RANKS["lowest-price"]))
        missing = wanted
        for candidate in candidates:
            if not missing:
                break
            missing -= self._launch_from(candidate, missing)
        if missing and lifecycle == "spot" and strategy in CAPACITY_AWARE:
            code, text = UNFULFILLABLE
            self.errors.append({"Lifecycle": lifecycle, "ErrorCode": code, "ErrorMessage": text})

    def _launch_from(self, candidate: Candidate, wanted: int) -> int:
        option, subnet = candidate.option, candidate.subnet
        quota = launching.quota(self.backend, option.spec, subnet)
        count = min(wanted, candidate.room, quota)
        if count < min(wanted, candidate.room):
            self._fail(SPOT_QUOTA if option.spec.lifecycle == "spot" else VCPU_QUOTA, option)
        if candidate.room < wanted:
            text = ICE[1].format(type=option.spec.instance_type, zone=candidate.zone)
            self._fail((ICE[0], text), option)
        if count:
            reservation = launching.launch(self.backend, option.spec, subnet, count)
            self._report(candidate, [instance.id for instance in reservation.instances])
        return count

    def _candidates(self, lifecycle: Lifecycle) -> list[Candidate]:
        return [
            candidate
            for config in self.request["LaunchTemplateConfigs"]
            for option in self._options(config, lifecycle)
            for candidate in self._placeable(option)
        ]

    def _options(self, config: dict[str, Any], lifecycle: Lifecycle) -> list[Option]:
        version = launching.template_version(self.backend, config["LaunchTemplateSpecification"])
        template = {
            "LaunchTemplateId": version.template.id,
            "LaunchTemplateName": version.template.name,
            "Version": str(version.number),
        }
        options = []
        for override in config.get("Overrides") or [{}]:
            spec = launching.resolve(self.backend, _as_request(override), version)
            spec = launching.with_tags(replace(spec, lifecycle=lifecycle), self._instance_tags())
            options.append(Option(spec, override, template))
        return options

    def _placeable(self, option: Option) -> list[Candidate]:
        spec, found = option.spec, []
        try:
            self._require_launch(spec)
            for subnet in launching.subnets_for(self.backend, spec):
                launching.check(self.backend, spec, subnet)
                usd = self.backend.usd(spec.pool_in(subnet), self._now)
                ceiling = option.override.get("MaxPrice")
                if spec.lifecycle == "spot" and ceiling and float(ceiling) < usd:
                    self._fail((PRICE_TOO_LOW[0], PRICE_TOO_LOW[1].format(price=ceiling)), option)
                    continue
                room = launching.room(self.backend, spec, subnet, self._now)
                found.append(Candidate(option, subnet, room, usd))
        except EC2ClientError as refusal:
            code = "InvalidFleetConfiguration" if refusal.code == "Unsupported" else refusal.code
            self._fail((code, refusal.message), option)
        return found

    def _instance_tags(self) -> dict[str, str]:
        named = convert_tag_spec(self.request.get("TagSpecifications") or [])
        return {**named.get("instance", {}), "aws:ec2:fleet-id": self.id}

    def _report(self, candidate: Candidate, instance_ids: list[str]) -> None:
        spec = candidate.option.spec
        row = self._launched.setdefault(
            (spec.lifecycle, spec.instance_type, candidate.subnet.id),
            {
                "LaunchTemplateAndOverrides": candidate.option.named(),
                "Lifecycle": spec.lifecycle,
                "InstanceIds": [],
                "InstanceType": spec.instance_type,
            },
        )
        row["InstanceIds"] += instance_ids

    def _fail(self, error: tuple[str, str], option: Option) -> None:
        row = {
            "LaunchTemplateAndOverrides": option.named(),
            "Lifecycle": option.spec.lifecycle,
            "ErrorCode": error[0],
            "ErrorMessage": error[1],
        }
        if row not in self.errors:
            self.errors.append(row)


def _as_request(override: dict[str, Any]) -> dict[str, Any]:
    """An override in the shape of a RunInstances request."""
    request: dict[str, Any] = {
        name: override[name] for name in ("InstanceType", "SubnetId", "ImageId") if name in override
    }
    if zone := override.get("AvailabilityZone"):
        request["Placement"] = {"AvailabilityZone": zone}
    return request
