"""`manage.py watch_interruptions` as it runs, against a queue of the emulated cloud."""

from collections.abc import Callable

import pytest

from apps.fleet.models import CloudAccount, CloudEvent, Instance
from tests.factories import CloudAccountFactory, LooseInstanceFactory
from tests.fleet.cloud.aws_account import EXTERNAL_ID, Account, new_account
from tests.fleet.events.conftest import Queue
from tests.fleet.kube.workloads import wait_until
from tests.world.servers import AwsEmulator

from .conftest import Watcher

START_SECONDS = 60


@pytest.fixture
def aws(aws_emulator: AwsEmulator, cloud_settings: None) -> Account:
    return new_account(aws_emulator)


@pytest.fixture
def account(aws: Account, transactional_db: None) -> CloudAccount:
    queue = aws.owner("sqs").create_queue(QueueName="events", Attributes={"VisibilityTimeout": "2"})
    made: CloudAccount = CloudAccountFactory(
        aws_account_id=aws.id, role_arn=aws.role_arn, external_id=EXTERNAL_ID, queue_url=queue["QueueUrl"]
    )
    return made


def is_taken(instance: Instance) -> bool:
    return Instance.objects.get(pk=instance.pk).interruption_at is not None


def test_warnings_are_acted_on_across_the_death_of_the_process(
    account: CloudAccount, aws: Account, start_watcher: Callable[..., Watcher]
) -> None:
    messages, start = Queue(aws, account), {"AWS_ENDPOINT_URL": aws.server.url}
    first, second, third = (LooseInstanceFactory(account=account) for _ in range(3))
    watcher = start_watcher("watch_interruptions", **start)
    messages.interrupt(first.ec2_id)
    wait_until(lambda: is_taken(first), seconds=START_SECONDS)

    # While it waits in its long poll, and with a message on its way: nothing of it may be lost.
    messages.interrupt(second.ec2_id)
    watcher.kill()
    watcher.wait()
    messages.interrupt(third.ec2_id)
    again = start_watcher("watch_interruptions", **start)

    wait_until(lambda: is_taken(second) and is_taken(third), seconds=START_SECONDS)
    assert CloudEvent.objects.count() == 3
    wait_until(lambda: messages.length == 0)
    assert again.leave() == 0


def test_an_account_that_is_connected_later_is_read_too(
    aws: Account, account: CloudAccount, start_watcher: Callable[..., Watcher]
) -> None:
    url = account.queue_url
    CloudAccount.objects.filter(pk=account.pk).update(queue_url="")
    instance = LooseInstanceFactory(account=account)
    Queue(aws, account).interrupt(instance.ec2_id)
    start_watcher("watch_interruptions", AWS_ENDPOINT_URL=aws.server.url)

    CloudAccount.objects.filter(pk=account.pk).update(queue_url=url)

    wait_until(lambda: is_taken(instance), seconds=START_SECONDS)


def test_a_queue_that_cannot_be_read_is_named_until_it_can(
    aws: Account, account: CloudAccount, start_watcher: Callable[..., Watcher]
) -> None:
    url = account.queue_url
    CloudAccount.objects.filter(pk=account.pk).update(queue_url=f"{url}-that-is-not-there")
    start_watcher("watch_interruptions", AWS_ENDPOINT_URL=aws.server.url)

    def problem() -> str:
        return CloudAccount.objects.get(pk=account.pk).queue_problem

    wait_until(lambda: "NonExistentQueue" in problem(), seconds=START_SECONDS)
    CloudAccount.objects.filter(pk=account.pk).update(queue_url=url)
    wait_until(lambda: problem() == "", seconds=START_SECONDS)
