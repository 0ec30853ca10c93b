"""CreateFleet of type instant."""

import time
from collections import defaultdict
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
    "You have requested more vCPU capacity than your current vCPU limit allows for the instance bucket that the "
    "specified instance type belongs to.",
)
PRICE_TOO_LOW = (
    "SpotMaxPriceTooLow",
    "Your Spot request price of {price} is lower than the minimum required Spot request fulfillment price.",
)


@dataclass(frozen=True)
class Candidate:
    """One pool a fleet may launch from."""

    spec: LaunchSpec
    subnet: Subnet
    override: dict[str, Any]
    template: dict[str, Any]
    room: int
    usd: float

    @property
    def depth(self) -> int:
        """0 for plenty of room, 2 for nearly none: what AWS calls optimised for capacity."""
        return 0 if self.room >= DEEP else 1 if self.room >= SHALLOW else 2

    @property
    def priority(self) -> float:
        return float(self.override.get("Priority") or 1e9)


RANKS: dict[str, Any] = {
    "price-capacity-optimized": lambda c: (c.depth, c.usd),
    "capacity-optimized": lambda c: (-c.room, c.usd),
    "capacity-optimized-prioritized": lambda c: (c.depth, c.priority, c.usd),
    "prioritized": lambda c: (c.priority, c.usd),
    "lowest-price": lambda c: c.usd,
}


class InstantFleet:
    """One request: candidates, launches, and what went wrong."""

    def __init__(self, backend: "SandboxEC2Backend", request: dict[str, Any]) -> None:
        self.backend = backend
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
            self._fail(UNFULFILLABLE, lifecycle, None)

    def _launch_from(self, candidate: Candidate, wanted: int) -> int:
        spec, lifecycle = candidate.spec, candidate.spec.lifecycle
        quota = launching.quota(self.backend, spec, candidate.subnet)
        count = min(wanted, candidate.room, quota)
        if count < min(wanted, candidate.room):
            self._fail(SPOT_QUOTA if lifecycle == "spot" else VCPU_QUOTA, lifecycle, candidate)
        if candidate.room < wanted:
            self._fail(ICE, lifecycle, candidate)
        if count:
            reservation = launching.launch(self.backend, spec, candidate.subnet, count)
            self._report(candidate, [instance.id for instance in reservation.instances])
        return count

    def _candidates(self, lifecycle: Lifecycle) -> list[Candidate]:
        found = []
        for config in self.request["LaunchTemplateConfigs"]:
            version = launching.template_version(self.backend, config["LaunchTemplateSpecification"])
            named = {
                "LaunchTemplateId": version.template.id,
                "LaunchTemplateName": version.template.name,
                "Version": str(version.number),
            }
            for override in config.get("Overrides") or [{}]:
                spec = replace(
                    launching.resolve(self.backend, _as_request(override), version), lifecycle=lifecycle
                )
                spec = launching.with_tags(spec, self._instance_tags())
                found += self._placeable(spec, override, named)
        return found

    def _placeable(self, spec: LaunchSpec, override: dict[str, Any], template: dict[str, Any]) -> list[Candidate]:
        found = []
        blank = Candidate(spec, None, override, template, 0, 0.0)  # type: ignore[arg-type]  # only named in errors
        try:
            for subnet in launching.subnets_for(self.backend, spec):
                launching.check(self.backend, spec, subnet)
                usd = self.backend.usd(spec.instance_type, subnet.availability_zone, spec.lifecycle, self._now)
                if spec.lifecycle == "spot" and float(override.get("MaxPrice") or usd) < usd:
                    self._fail(PRICE_TOO_LOW, spec.lifecycle, blank)
                    continue
                room = launching.room(self.backend, spec, subnet, self._now)
                found.append(Candidate(spec, subnet, override, template, room, usd))
        except EC2ClientError as refusal:
            code = "InvalidFleetConfiguration" if refusal.code == "Unsupported" else refusal.code
            self._fail((code, refusal.message.replace("{", "(")), spec.lifecycle, blank)
        return found

    def _instance_tags(self) -> dict[str, str]:
        named = convert_tag_spec(self.request.get("TagSpecifications") or [])
        return {**named.get("instance", {}), "aws:ec2:fleet-id": self.id}

    def _report(self, candidate: Candidate, instance_ids: list[str]) -> None:
        key = (candidate.spec.lifecycle, candidate.spec.instance_type, candidate.subnet.id)
        row = self._launched.setdefault(
            key,
            {
                "LaunchTemplateAndOverrides": _named(candidate),
                "Lifecycle": candidate.spec.lifecycle,
                "InstanceIds": [],
                "InstanceType": candidate.spec.instance_type,
            },
        )
        row["InstanceIds"] += instance_ids

    def _fail(self, error: tuple[str, str], lifecycle: Lifecycle, candidate: Candidate | None) -> None:
        values: dict[str, Any] = defaultdict(str)
        row: dict[str, Any] = {"Lifecycle": lifecycle}
        if candidate:
            row["LaunchTemplateAndOverrides"] = _named(candidate)
            zone = candidate.subnet.availability_zone if candidate.subnet else candidate.spec.zone
            values |= {"type": candidate.spec.instance_type, "zone": zone}
            values |= {"price": candidate.override.get("MaxPrice")}
        row |= {"ErrorCode": error[0], "ErrorMessage": error[1].format_map(values)}
        if row not in self.errors:
            self.errors.append(row)


def _as_request(override: dict[str, Any]) -> dict[str, Any]:
    """An override in the shape of a RunInstances request."""
    request = {name: override[name] for name in ("InstanceType", "SubnetId", "ImageId") if name in override}
    if zone := override.get("AvailabilityZone"):
        request["Placement"] = {"AvailabilityZone": zone}
    return request


def _named(candidate: Candidate) -> dict[str, Any]:
    overrides = {"InstanceType": candidate.spec.instance_type, **candidate.override}
    if candidate.subnet is not None and "SubnetId" in candidate.override:
        overrides["AvailabilityZone"] = candidate.subnet.availability_zone
    return {"LaunchTemplateSpecification": candidate.template, "Overrides": overrides}
