import threading
from datetime import UTC, datetime, timedelta

EC2 = {"source": ["aws.ec2"]}


def of_type(queue, detail_type, until):
    """The first event of that type, once it has come."""
    found = []

    def come():
        found.extend(queue.receive(wait=2))
        return next((event for event in found if event["detail-type"] == detail_type), None)

    return until(come)


def test_every_state_change_is_an_event(account, until):
    queue = account.queue({"source": ["aws.ec2"], "detail-type": ["EC2 Instance State-change Notification"]})
    (instance_id,) = account.run()
    states = []

    def has_seen(state):
        states.extend(event["detail"]["state"] for event in queue.receive(wait=2))
        return state in states

    until(lambda: has_seen("running"))
    account.ec2.terminate_instances(InstanceIds=[instance_id])
    until(lambda: has_seen("terminated"))
    assert states == ["pending", "running", "shutting-down", "terminated"]


def test_the_envelope_is_that_of_aws(account, until):
    queue = account.queue(EC2)
    (instance_id,) = account.run()
    event = of_type(queue, "EC2 Instance State-change Notification", until)
    assert event["version"] == "0"
    assert event["id"]
    assert (event["account"], event["region"]) == (account.id, "us-east-1")
    assert event["resources"] == [f"arn:aws:ec2:us-east-1:{account.id}:instance/{instance_id}"]
    assert event["detail"] == {"instance-id": instance_id, "state": "pending"}
    sent = datetime.fromisoformat(event["time"].replace("Z", "+00:00"))
    assert abs(datetime.now(UTC) - sent) < timedelta(seconds=30)


def test_an_interruption_is_warned_of(account, sandbox, until):
    queue = account.queue(EC2)
    instance_id = account.run_spot()
    sandbox.post("interrupt", instance_id=instance_id)
    event = of_type(queue, "EC2 Spot Instance Interruption Warning", until)
    assert event["detail"] == {"instance-id": instance_id, "instance-action": "terminate"}


def test_a_rebalance_is_recommended(account, sandbox, until):
    queue = account.queue(EC2)
    instance_id = account.run_spot()
    sandbox.post("rebalance", instance_id=instance_id)
    event = of_type(queue, "EC2 Instance Rebalance Recommendation", until)
    assert event["detail"] == {"instance-id": instance_id}


def test_a_health_event_names_the_instance(account, sandbox, until):
    queue = account.queue({"source": ["aws.health"]})
    (instance_id,) = account.run()
    sandbox.post("health-event", instance_id=instance_id)
    event = of_type(queue, "AWS Health Event", until)
    assert event["resources"] == [instance_id]
    assert event["detail"]["service"] == "EC2"
    assert event["detail"]["eventTypeCategory"] == "scheduledChange"
    assert event["detail"]["affectedEntities"] == [{"entityValue": instance_id}]


def test_events_stay_in_their_account(account, other_account):
    queue = other_account.queue(EC2)
    account.run()
    assert queue.receive(wait=1) == []


def test_a_rule_with_two_targets_delivers_to_both(account, until):
    queue = account.queue(EC2)
    sqs = account.client("sqs")
    second = sqs.create_queue(QueueName="second")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=second, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    account.client("events").put_targets(Rule="to-queue", Targets=[{"Id": "second", "Arn": arn}])
    account.run()
    assert until(lambda: queue.receive(wait=2))
    assert sqs.receive_message(QueueUrl=second, WaitTimeSeconds=5).get("Messages")


def test_a_long_poll_waits_and_lets_others_pass(account):
    queue = account.queue(EC2)
    received = []
    poll = threading.Thread(target=lambda: received.extend(queue.receive(wait=15)))
    poll.start()
    account.ec2.describe_vpcs()
    assert poll.is_alive()
    account.run()
    poll.join(timeout=14)
    assert received


def test_weather_interrupts_by_itself(start_sandbox, account_in, until):
    stormy = start_sandbox("--boot-seconds", "0.1", "--weather", "100000")
    account = account_in(stormy)
    instance_id = account.run_spot()
    until(lambda: any(one["instance_id"] == instance_id for one in stormy.get("state")["interruptions"]))
