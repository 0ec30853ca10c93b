"""Buying one instance with CreateFleet."""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.fleet.errors import CloudRefused, InsufficientCapacity, TemplateInvalid
from atharva.api.problems import Problem

from ..port import Launched, LaunchRequest, Offer
from .inventory import tag_list
from .region import Region

CALL = "ec2.create_fleet"
# What CreateFleet says of a pool that has nothing for us now, though the request is right.
NO_ROOM = frozenset(
    {
        "InsufficientInstanceCapacity",
        "InsufficientHostCapacity",
        "InsufficientReservedInstanceCapacity",
        "InsufficientFreeAddressesInSubnet",
        "InsufficientCapacityOnOutpost",
        "UnfulfillableCapacity",
        "MaxSpotInstanceCountExceeded",
        "SpotMaxPriceTooLow",
        "VcpuLimitExceeded",
        "InstanceLimitExceeded",
        # The type is not offered in that zone: CreateFleet's word, and RunInstances' own.
        "InvalidFleetConfiguration",
        "Unsupported",
    }
)
NOT_THE_TEMPLATE = frozenset({"InvalidClientToken"})
DRY_RUN_OK = "DryRunOperation"


class Launching(Region):
    def launch(self, request: LaunchRequest, *, token: str) -> Launched:
        answer = self._create_fleet(request, ClientToken=token)
        for bought in answer.get("Instances", ()):
            if bought["InstanceIds"]:
                return _launched(bought, answer.get("Errors", ()), request.offers)
        raise self._why_nothing(answer.get("Errors", ()), request.offers)

    def try_launch(self, request: LaunchRequest) -> None:
        try:
            self._create_fleet(request, DryRun=True)
        except CloudRefused as refused:
            if refused.details["aws_code"] != DRY_RUN_OK:
                raise

    def _create_fleet(self, request: LaunchRequest, **more: object) -> Mapping[str, Any]:
        try:
            return self.call(self.ec2.create_fleet, **_fleet(request), **more)
        except CloudRefused as refused:
            raise _launch_refusal(refused) from refused

    def _why_nothing(self, errors: Sequence[Mapping[str, Any]], offers: Sequence[Offer]) -> Problem:
        """What to raise when AWS answered 200 and launched nothing: the first reason that is not capacity."""
        for error in errors:
            code = error.get("ErrorCode", "")
            if code not in NO_ROOM:
                problem = self.call.refusal(CALL, code, error.get("ErrorMessage", ""))
                return _launch_refusal(problem) if isinstance(problem, CloudRefused) else problem
        return InsufficientCapacity(pools=", ".join(f"{o.instance_type} in {o.zone}" for o in offers))


def _fleet(request: LaunchRequest) -> dict[str, object]:
    spot = request.offers[0].lifecycle == "spot"
    allocation = (
        {"SpotOptions": {"AllocationStrategy": "price-capacity-optimized"}}
        if spot
        else {"OnDemandOptions": {"AllocationStrategy": "lowest-price"}}
    )
    return {
        **allocation,
        "Type": "instant",
        "TargetCapacitySpecification": {
            "TotalTargetCapacity": 1,
            "DefaultTargetCapacityType": "spot" if spot else "on-demand",
        },
        "LaunchTemplateConfigs": [
            {
                "LaunchTemplateSpecification": {
                    "LaunchTemplateId": request.launch_template_id,
                    "Version": request.launch_template_version,
                },
                "Overrides": [
                    {"InstanceType": offer.instance_type, "SubnetId": offer.subnet_id}
                    for offer in request.offers
                ],
            }
        ],
        **_tagged(request.tags),
    }


def _tagged(tags: Mapping[str, str]) -> dict[str, object]:
    """The tags of the instance; AWS refuses an empty list of them."""
    if not tags:
        return {}
    return {"TagSpecifications": [{"ResourceType": "instance", "Tags": tag_list(tags)}]}


def _launched(
    bought: Mapping[str, Any], errors: Sequence[Mapping[str, Any]], offers: Sequence[Offer]
) -> Launched:
    override = bought.get("LaunchTemplateAndOverrides", {}).get("Overrides", {})
    [taken, *_] = _offers_named({"InstanceType": bought.get("InstanceType"), **override}, offers)
    return Launched(
        id=bought["InstanceIds"][0],
        instance_type=taken.instance_type,
        zone=taken.zone,
        lifecycle=taken.lifecycle,
        without_capacity=tuple(
            sorted(
                {
                    (offer.instance_type, offer.zone)
                    for error in errors
                    if error.get("ErrorCode") in NO_ROOM
                    for offer in _offers_named(error["LaunchTemplateAndOverrides"]["Overrides"], offers)
                }
            )
        ),
    )


def _offers_named(override: Mapping[str, Any], offers: Sequence[Offer]) -> list[Offer]:
    """The offers that an override of the answer speaks of: a subnet belongs to one zone."""
    return [
        offer
        for offer in offers
        if offer.instance_type == override.get("InstanceType")
        and offer.subnet_id == override.get("SubnetId", offer.subnet_id)
    ]


def _launch_refusal(refused: CloudRefused) -> Problem:
    """TemplateInvalid where AWS names something that the launch template holds."""
    code = str(refused.details["aws_code"])
    if code.startswith(("Invalid", "Missing")) and code not in NOT_THE_TEMPLATE:
        return TemplateInvalid(aws_code=code, why=refused.details["why"])
    return refused
