"""SQS delivers twice, late and what is not ours; AWS takes a node for real."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from apps.fleet.models import CloudEvent, Instance, Notification, Switch
from apps.fleet.statuses import CloudEventState, InstanceState, NoticeKind, SwitchState
from tests.world.tenant import eventually

from .conftest import Site


def warning(site: Site, instance_id: str, *, at: datetime) -> dict[str, Any]:
    """An interruption warning as EventBridge puts it into the queue."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "EC2 Spot Instance Interruption Warning",
        "source": "aws.ec2",
        "account": site.tenant.aws_account_id,
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": site.tenant.cluster.region,
        "resources": [f"arn:aws:ec2:{site.tenant.cluster.region}:instance/{instance_id}"],
        "detail": {"instance-id": instance_id, "instance-action": "terminate"},
    }


def send(site: Site, message: dict[str, Any] | str) -> None:
    body = message if isinstance(message, str) else json.dumps(message)
    queue = site.tenant.cluster.account.queue_url
    site.tenant.cloud.client("sqs").send_message(QueueUrl=queue, MessageBody=body)


def test_an_interruption_is_answered_before_aws_takes_the_node(site: Site) -> None:
    node = site.tenant.nodes()[0]
    site.tenant.deployment("web", replicas=3, on=node.name, min_available=2)

    site.tenant.aws.order("interrupt", instance_id=node.instance.ec2_id, seconds=100)
    switch = eventually("a switch begins", lambda: Switch.objects.first(), seconds=20)
    switch = site.finish(switch)

    assert switch.state == SwitchState.COMPLETE
    assert switch.finished_at < switch.deadline_at
    site.assert_consistent(deployments={"web": 3})
    assert Notification.objects.filter(kind=NoticeKind.TERMINATION).count() == 1


def test_a_duplicate_a_late_a_foreign_and_a_broken_message(site: Site) -> None:
    first, second, _ = site.tenant.nodes()
    now = datetime.now(UTC)
    twice = warning(site, first.instance.ec2_id, at=now)
    late = warning(site, second.instance.ec2_id, at=now - timedelta(minutes=10))
    foreign = warning(site, "i-0ffffffffffffffff", at=now)
    for message in (twice, twice, late, foreign, "not json"):
        send(site, message)

    eventually(
        "each is handled, foreign or dead",
        lambda: (
            sorted(CloudEvent.objects.exclude(kind__contains="State-change").values_list("state", flat=True))
            == sorted(["handled", "handled", "foreign", "dead"])
        ),
        seconds=180,
    )
    for switch in Switch.objects.all():
        site.finish(switch)

    assert Switch.objects.filter(old_instance=first.instance).count() == 1
    assert CloudEvent.objects.get(instance_id="i-0ffffffffffffffff").state == CloudEventState.FOREIGN
    living = Instance.objects.filter(cluster=site.tenant.cluster).exclude(state=InstanceState.TERMINATED)
    assert living.count() == 3
    site.assert_consistent(deployments={})
