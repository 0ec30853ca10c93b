import signal
import threading
import time
import urllib.error

import pytest


def changes_of(answer, account):
    return [one for one in answer["changes"] if one["account_id"] == account.id]


def test_the_change_feed_tells_an_instance_from_launch_to_end(account, sandbox, until):
    cursor = sandbox.get("instances/changes")["cursor"]
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "cluster", "Value": "a"}]}]
    (instance_id,) = account.run(UserData="bootstrap a", TagSpecifications=tags)
    until(lambda: account.state(instance_id) == "running")
    account.ec2.terminate_instances(InstanceIds=[instance_id])
    until(lambda: account.state(instance_id) == "terminated")
    told = changes_of(sandbox.get(f"instances/changes?since={cursor}"), account)
    assert [one["state"] for one in told] == ["pending", "running", "shutting-down", "terminated"]
    first, described = told[0], account.image()
    assert first["instance_id"] == instance_id
    assert (first["region"], first["zone"], first["instance_type"]) == (
        "us-east-1",
        first["zone"],
        "m5.large",
    )
    assert first["zone"].startswith("us-east-1")
    assert (first["image_id"], first["user_data"], first["lifecycle"]) == (
        described,
        "bootstrap a",
        "on-demand",
    )
    assert first["tags"] == {"cluster": "a"}
    assert first["subnet_id"].startswith("subnet-")
    assert first["private_ip"].startswith("172.31.")


def test_the_change_feed_waits_for_the_next_change(account, sandbox):
    cursor = sandbox.get("instances/changes")["cursor"]
    answers = []
    listen = threading.Thread(
        target=lambda: answers.append(sandbox.get(f"instances/changes?since={cursor}&wait=20"))
    )
    listen.start()
    account.run()
    listen.join(timeout=18)
    assert not listen.is_alive()
    assert answers[0]["changes"]
    assert answers[0]["cursor"] > cursor


def test_the_change_feed_answers_empty_when_nothing_happens(start_sandbox):
    quiet = start_sandbox()
    began = time.monotonic()
    assert quiet.get("instances/changes?since=0&wait=0.5") == {"cursor": 0, "changes": []}
    assert time.monotonic() - began >= 0.5


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("interrupt", {"instance_id": "i-0123456789abcdef0"}),
        ("interrupt", {}),
        ("price", {"instance_type": "m5.enormous", "zone": "us-east-1a", "usd": 1}),
        ("backdate", {"resource_id": "vol-0123456789abcdef0", "hours": 1}),
    ],
)
def test_an_unusable_command_is_refused(sandbox, command, body):
    with pytest.raises(urllib.error.HTTPError) as refused:
        sandbox.post(command, **body)
    assert refused.value.code == 400


def test_an_on_demand_instance_cannot_be_interrupted(account, sandbox):
    (instance_id,) = account.run()
    with pytest.raises(urllib.error.HTTPError, match="400"):
        sandbox.post("interrupt", instance_id=instance_id)


def test_reset_undoes_commands(sandbox):
    sandbox.post("exhaust", instance_type="c7a.4xlarge")
    sandbox.post("throttle", api="DescribeRegions", per_second=1, burst=1, seconds=60)
    sandbox.post("price", instance_type="c7a.4xlarge", zone="us-east-1a", usd=1)
    state = sandbox.get("state")
    assert state["exhausted"] and state["throttles"] and state["pinned_prices"]
    sandbox.post("reset")
    state = sandbox.get("state")
    assert (state["exhausted"], state["throttles"], state["pinned_prices"]) == ([], {}, [])


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_ends_cleanly_on_a_signal(start_sandbox, signal_number):
    sandbox = start_sandbox()
    sandbox.process.send_signal(signal_number)
    assert sandbox.process.wait(timeout=30) == 0
