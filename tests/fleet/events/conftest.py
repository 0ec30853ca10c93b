import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.dispatch import Signal
from django.utils import timezone

from apps.fleet.models import CloudAccount, CloudEvent, Instance
from apps.fleet.services.events import receive_events, sweep_events
from apps.fleet.services.events.reading import INTERRUPTION
from apps.fleet.signals import interruption_received, rebalance_recommended
from tests.factories import CloudAccountFactory, ClusterFactory, SpotInstanceFactory
from tests.fleet.cloud.aws_account import EXTERNAL_ID, Account, new_account
from tests.world.servers import AwsEmulator


@pytest.fixture
def aws(aws_emulator: AwsEmulator, cloud_settings: None) -> Account:
    """The account in the cloud."""
    return new_account(aws_emulator)


@pytest.fixture
def queue(aws: Account) -> str:
    url: str = aws.owner("sqs").create_queue(QueueName="atharva-events")["QueueUrl"]
    return url


@pytest.fixture
def account(aws: Account, queue: str, db: None) -> CloudAccount:
    """The same account as the platform was told of it."""
    made: CloudAccount = CloudAccountFactory(
        aws_account_id=aws.id, role_arn=aws.role_arn, external_id=EXTERNAL_ID, queue_url=queue
    )
    return made


@pytest.fixture
def instance(account: CloudAccount) -> Instance:
    """A spot node of a cluster of the account."""
    made: Instance = SpotInstanceFactory(cluster=ClusterFactory(account=account))
    return made


class Queue:
    """The account's queue as AWS fills it."""

    def __init__(self, aws: Account, account: CloudAccount) -> None:
        self._sqs = aws.owner("sqs")
        self._account = account

    def put(self, text: str) -> None:
        self._sqs.send_message(QueueUrl=self._account.queue_url, MessageBody=text)

    def tell(self, kind: str, *, age: timedelta = timedelta(), id: str | None = None, **detail: Any) -> str:
        """Send an event that happened `age` ago; its id."""
        event_id = id or str(uuid4())
        self.put(event_text(kind, event_id, datetime.now(UTC) - age, detail))
        return event_id

    def interrupt(self, instance_id: str, **more: Any) -> str:
        return self.tell(INTERRUPTION, **{"instance-id": instance_id, "instance-action": "terminate"}, **more)

    def take_in(self) -> None:
        """Receive what lies in the queue and act on what is due."""
        receive_events(self._account, wait_seconds=0)
        sweep_events()

    @property
    def length(self) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self._sqs.get_queue_attributes(QueueUrl=self._account.queue_url, AttributeNames=names)
        return sum(int(count) for count in found["Attributes"].values())


def event_text(kind: str, event_id: str, at: datetime, detail: dict[str, Any]) -> str:
    return json.dumps(
        {
            "version": "0",
            "id": event_id,
            "detail-type": kind,
            "source": "aws.ec2",
            "time": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "region": "us-east-1",
            "resources": [],
            "detail": detail,
        }
    )


@pytest.fixture
def messages(aws: Account, account: CloudAccount) -> Queue:
    return Queue(aws, account)


class Heard(list[dict[str, Any]]):
    """What a signal said."""

    def __call__(self, **told: Any) -> None:
        self.append(told)


@pytest.fixture
def heard_interruptions() -> Iterator[Heard]:
    yield from listen(interruption_received)


@pytest.fixture
def heard_rebalances() -> Iterator[Heard]:
    yield from listen(rebalance_recommended)


def listen(signal: Signal) -> Iterator[Heard]:
    heard = Heard()
    signal.connect(heard)
    yield heard
    signal.disconnect(heard)


def the_event() -> CloudEvent:
    return CloudEvent.objects.get()


def make_due(event: CloudEvent, *, received_ago: timedelta = timedelta()) -> None:
    """As if time had passed since it was received and last looked at."""
    now = timezone.now()
    CloudEvent.objects.filter(pk=event.pk).update(look_again_at=now, received_at=now - received_ago)
