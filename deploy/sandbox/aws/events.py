"""AWS's own events, put on the account's default EventBridge bus."""

import copy
import logging
import time
import uuid
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, cast

from moto.core.exceptions import ServiceException
from moto.events.models import Rule, events_backends
from moto.events.utils import EventMessageType

if TYPE_CHECKING:
    from deploy.sandbox.aws.instances import SandboxInstance

log = logging.getLogger(__name__)


def publish(
    account: str, region: str, *, source: str, detail_type: str, resources: list[str], detail: dict[str, Any]
) -> None:
    """Deliver an event to the targets of every enabled rule that matches it."""
    event = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": account,
        "time": time.time(),
        "region": region,
        "resources": resources,
        "detail": detail,
    }
    bus = events_backends[account][region].event_buses["default"]
    for rule in list(bus.rules.values()):
        if rule.state == "ENABLED":
            for target in list(rule.targets):
                _deliver(rule, target, event)


def _deliver(rule: Rule, target: dict[str, Any], event: dict[str, Any]) -> None:
    # moto rewrites the event on delivery, so every target gets a copy, of a rule with this target alone.
    single = copy.copy(rule)
    single.targets = [target]
    message = copy.deepcopy(event)
    transforms = "InputTransformer" in target
    if transforms:
        message["ingestion-time"] = event["time"]
    try:
        single.send_to_targets(cast(EventMessageType, message), transform_input=transforms)
    except ServiceException as lost:
        # As at AWS, a target that is gone loses its event and troubles nobody else.
        log.warning("event for %s lost: %s", target["Arn"], lost)


def state_changed(instance: "SandboxInstance") -> None:
    publish(
        instance.owner_id,
        instance.region_name,
        source="aws.ec2",
        detail_type="EC2 Instance State-change Notification",
        resources=[f"arn:aws:ec2:{instance.region_name}:{instance.owner_id}:instance/{instance.id}"],
        detail={"instance-id": instance.id, "state": instance.state},
    )


def interruption_warning(instance: "SandboxInstance") -> None:
    _spot_signal(
        instance,
        "EC2 Spot Instance Interruption Warning",
        {"instance-id": instance.id, "instance-action": "terminate"},
    )


def rebalance_recommendation(instance: "SandboxInstance") -> None:
    _spot_signal(instance, "EC2 Instance Rebalance Recommendation", {"instance-id": instance.id})


def _spot_signal(instance: "SandboxInstance", detail_type: str, detail: dict[str, str]) -> None:
    publish(
        instance.owner_id,
        instance.region_name,
        source="aws.ec2",
        detail_type=detail_type,
        # The spot signals name the zone where other ARNs name the region and the account.
        resources=[f"arn:aws:ec2:{instance.availability_zone}:instance/{instance.id}"],
        detail=detail,
    )


def retirement_scheduled(instance: "SandboxInstance") -> None:
    """AWS Health's notice that the hardware below an instance will be retired."""
    code = "AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED"
    start = datetime.now(UTC) + timedelta(days=14)
    event_arn = f"arn:aws:health:{instance.region_name}::event/EC2/{code}/{code}_{uuid.uuid4()}"
    publish(
        instance.owner_id,
        instance.region_name,
        source="aws.health",
        detail_type="AWS Health Event",
        resources=[instance.id],
        detail={
            "eventArn": event_arn,
            "service": "EC2",
            "eventTypeCode": code,
            "eventTypeCategory": "scheduledChange",
            "startTime": format_datetime(start, usegmt=True),
            "endTime": format_datetime(start + timedelta(hours=2), usegmt=True),
            "eventDescription": [
                {
                    "language": "en_US",
                    "latestDescription": "EC2 has detected degradation of the underlying hardware.",
                }
            ],
            "affectedEntities": [{"entityValue": instance.id}],
        },
    )
