import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from apps.fleet.models import CloudAccount, CloudEvent, Instance
from apps.fleet.services.events import handle_events, receive_events, sweep_events
from apps.fleet.signals import interruption_received
from apps.fleet.statuses import CloudEventState
from tests.factories import CloudEventFactory, SpotInstanceFactory
from tests.fleet.cloud.aws_account import Account

from .conftest import Heard, Queue, make_due, the_event


def test_a_stored_event_survives_a_death_before_it_was_acted_on(
    messages: Queue, account: CloudAccount, instance: Instance, heard_interruptions: Heard
) -> None:
    messages.interrupt(instance.ec2_id)
    receive_events(account, wait_seconds=0)
    assert messages.length == 0
    assert the_event().state == CloudEventState.RECEIVED

    # A new process knows of it from its row alone.
    assert sweep_events() == 1

    assert len(heard_interruptions) == 1
    assert sweep_events() == 0


def test_a_message_that_comes_again_is_stored_and_acted_on_once(
    messages: Queue, instance: Instance, heard_interruptions: Heard
) -> None:
    event_id = messages.interrupt(instance.ec2_id)
    messages.take_in()
    messages.interrupt(instance.ec2_id, id=event_id)
    messages.take_in()

    assert CloudEvent.objects.count() == 1
    assert len(heard_interruptions) == 1
    assert messages.length == 0


def test_a_receiver_that_raises_leaves_the_event_for_the_next_sweep(
    messages: Queue, account: CloudAccount, instance: Instance
) -> None:
    class Broken(Exception):
        pass

    def raise_it(**told: Any) -> None:
        raise Broken("not today")

    messages.interrupt(instance.ec2_id)
    stored = receive_events(account, wait_seconds=0)
    interruption_received.connect(raise_it)
    try:
        with pytest.raises(ExceptionGroup) as raised:
            handle_events(stored)
    finally:
        interruption_received.disconnect(raise_it)

    assert raised.group_contains(Broken)
    event = the_event()
    assert (event.state, event.note) == (CloudEventState.RECEIVED, "Broken: not today")
    instance.refresh_from_db()
    assert instance.interruption_at is None

    make_due(event)
    sweep_events()

    instance.refresh_from_db()
    assert the_event().state == CloudEventState.HANDLED
    assert instance.interruption_at is not None


def test_one_event_that_fails_does_not_hold_up_the_others(messages: Queue, instance: Instance) -> None:
    other = SpotInstanceFactory(cluster=instance.cluster)

    def raise_it(instance: Instance, **told: Any) -> None:
        if instance == other:
            raise ValueError("not today")

    interruption_received.connect(raise_it)
    try:
        for one in (other, instance):
            messages.interrupt(one.ec2_id)
        with pytest.raises(ExceptionGroup):
            messages.take_in()
    finally:
        interruption_received.disconnect(raise_it)

    states = dict(CloudEvent.objects.values_list("instance_id", "state"))
    assert states == {
        other.ec2_id: CloudEventState.RECEIVED,
        instance.ec2_id: CloudEventState.HANDLED,
    }


def test_what_fails_for_an_hour_is_a_dead_letter(messages: Queue, instance: Instance) -> None:
    def raise_it(**told: Any) -> None:
        raise ValueError("never")

    messages.interrupt(instance.ec2_id)
    interruption_received.connect(raise_it)
    try:
        with pytest.raises(ExceptionGroup):
            messages.take_in()
        make_due(the_event(), received_ago=timedelta(hours=2))
        with pytest.raises(ExceptionGroup):
            sweep_events()
    finally:
        interruption_received.disconnect(raise_it)

    assert the_event().state == CloudEventState.DEAD
    assert sweep_events() == 0


def test_an_instance_newer_than_the_inventory_is_looked_up(
    messages: Queue, aws: Account, account: CloudAccount, heard_interruptions: Heard
) -> None:
    instance_id = launch(aws)

    messages.interrupt(instance_id)
    messages.take_in()

    made = Instance.objects.get(ec2_id=instance_id)
    assert made.interruption_at is not None
    assert [told["instance"] for told in heard_interruptions] == [made]


def test_an_unknown_instance_is_tried_for_two_minutes_and_then_foreign(messages: Queue) -> None:
    messages.interrupt("i-0123456789abcdef0")
    messages.take_in()
    assert the_event().state == CloudEventState.RECEIVED
    assert sweep_events() == 0

    make_due(the_event(), received_ago=timedelta(seconds=110))
    sweep_events()
    assert the_event().state == CloudEventState.RECEIVED

    make_due(the_event(), received_ago=timedelta(seconds=130))
    sweep_events()
    assert the_event().state == CloudEventState.FOREIGN


def test_an_instance_of_another_account_is_foreign(messages: Queue, heard_interruptions: Heard) -> None:
    theirs = SpotInstanceFactory()

    messages.interrupt(theirs.ec2_id)
    messages.take_in()
    make_due(the_event(), received_ago=timedelta(minutes=3))
    sweep_events()

    assert the_event().state == CloudEventState.FOREIGN
    assert heard_interruptions == []


GOOD = '{"id": "a", "detail-type": "t", "time": "2026-01-01T00:00:00Z", "detail": %s}'
SPOT = '{"id": "a", "detail-type": "EC2 Spot Instance Interruption Warning", "time": "%s", "detail": %s}'
UNREADABLE = {
    "no JSON": "interrupt!",
    "no object": "[1]",
    "no id": '{"detail-type": "t", "time": "2026-01-01T00:00:00Z", "detail": {}}',
    "long id": '{"id": "%s", "detail-type": "t", "time": "2026-01-01T00:00:00Z", "detail": {}}' % ("a" * 81),
    "no time zone": SPOT % ("2026-01-01T00:00:00", "{}"),
    "NUL": GOOD % r'{"a": "\u0000"}',
    "lone surrogate": GOOD % r'{"a": "\ud800"}',
    "not a number": GOOD % '{"a": NaN}',
    "very deep": GOOD % ('{"a":' * 5000 + "1" + "}" * 5000),
    "no instance": SPOT % ("2026-01-01T00:00:00Z", "{}"),
    "strange instance": SPOT % ("2026-01-01T00:00:00Z", '{"instance-id": "i-1\' OR 1=1"}'),
    "instance of another type": SPOT % ("2026-01-01T00:00:00Z", '{"instance-id": ["i-1"]}'),
    "health entities of another type": GOOD.replace('"t"', '"AWS Health Event"') % '{"affectedEntities": 7}',
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_message_that_cannot_be_acted_on_is_a_dead_letter(messages: Queue, case: str) -> None:
    messages.put(UNREADABLE[case])
    messages.take_in()

    event = the_event()
    assert event.state == CloudEventState.DEAD
    assert event.note
    assert messages.length == 0


def test_one_unreadable_message_does_not_hold_up_the_others(messages: Queue, instance: Instance) -> None:
    messages.put("interrupt!")
    messages.interrupt(instance.ec2_id)
    messages.take_in()

    assert sorted(CloudEvent.objects.values_list("state", flat=True)) == ["dead", "handled"]


def test_an_event_of_a_kind_that_we_do_not_know_is_put_aside(messages: Queue) -> None:
    messages.tell("EC2 Fleet State Change", something="else")
    messages.take_in()

    assert the_event().state == CloudEventState.HANDLED
    assert the_event().note == "Nothing to do for this kind of event."


@pytest.mark.django_db(transaction=True)
def test_several_workers_share_the_events_and_act_on_each_once(heard_interruptions: Heard) -> None:
    instances = [SpotInstanceFactory() for _ in range(12)]
    for one in instances:
        event = CloudEventFactory(account=one.account, instance_id=one.ec2_id)
        make_due(event)
    start = threading.Barrier(4)

    def sweep() -> None:
        start.wait()
        sweep_events()
        connections.close_all()

    workers = [threading.Thread(target=sweep) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    told = [one["instance"].pk for one in heard_interruptions]
    assert sorted(told) == sorted(one.pk for one in instances)
    assert set(CloudEvent.objects.values_list("state", flat=True)) == {CloudEventState.HANDLED}


def launch(aws: Account) -> str:
    """An instance that the account runs, and that the platform has not heard of."""
    image = aws.ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    made = aws.ec2.run_instances(ImageId=image, InstanceType="m5.large", MinCount=1, MaxCount=1)
    return str(made["Instances"][0]["InstanceId"])
