import time

import pytest
from botocore.exceptions import ClientError

LIVE, ENDED = ("pending", "running"), ("shutting-down", "terminated")


def status(account, instance_id):
    rows = account.ec2.describe_instance_status(InstanceIds=[instance_id])["InstanceStatuses"]
    return rows[0]["InstanceStatus"]["Status"] if rows else None


def test_an_instance_boots_and_then_passes_its_checks(account, until):
    (instance_id,) = account.run()
    assert account.state(instance_id) == "pending"
    assert status(account, instance_id) is None
    until(lambda: status(account, instance_id) == "initializing")
    assert account.state(instance_id) == "running"
    until(lambda: status(account, instance_id) == "ok")


def test_status_of_all_instances_on_request(account):
    (instance_id,) = account.run()
    (row,) = account.ec2.describe_instance_status(IncludeAllInstances=True)["InstanceStatuses"]
    assert (row["InstanceId"], row["InstanceState"]["Name"]) == (instance_id, "pending")


def test_a_terminated_instance_stays_visible_without_its_disk(account, until):
    (instance_id,) = account.run()
    (change,) = account.ec2.terminate_instances(InstanceIds=[instance_id])["TerminatingInstances"]
    assert change["PreviousState"]["Name"] in LIVE
    assert change["CurrentState"]["Name"] == "shutting-down"
    until(lambda: account.state(instance_id) == "terminated")
    assert account.instance(instance_id)["StateReason"]["Code"] == "Client.UserInitiatedShutdown"
    assert account.ec2.describe_volumes()["Volumes"] == []


def test_terminating_twice_is_no_error(account, until):
    (instance_id,) = account.run()
    account.ec2.terminate_instances(InstanceIds=[instance_id])
    until(lambda: account.state(instance_id) == "terminated")
    (change,) = account.ec2.terminate_instances(InstanceIds=[instance_id])["TerminatingInstances"]
    assert change["CurrentState"]["Name"] == change["PreviousState"]["Name"] == "terminated"


def test_termination_protection_refuses_all(account):
    protected, other = account.run(MinCount=2, MaxCount=2)
    account.ec2.modify_instance_attribute(InstanceId=protected, DisableApiTermination={"Value": True})
    with pytest.raises(ClientError, match="OperationNotPermitted"):
        account.ec2.terminate_instances(InstanceIds=[other, protected])
    assert account.state(other) in LIVE
    account.ec2.modify_instance_attribute(InstanceId=protected, DisableApiTermination={"Value": False})
    account.ec2.terminate_instances(InstanceIds=[protected])
    assert account.state(protected) in ENDED


def test_an_unknown_instance_is_not_found(account):
    with pytest.raises(ClientError, match=r"InvalidInstanceID\.NotFound"):
        account.ec2.terminate_instances(InstanceIds=["i-0123456789abcdef0"])


def test_a_booting_instance_that_is_terminated_never_runs(start_sandbox, account_in, until):
    boot_seconds = 4
    slow = start_sandbox("--boot-seconds", str(boot_seconds))
    account = account_in(slow)
    (instance_id,) = account.run()
    booted_at = time.monotonic() + boot_seconds
    account.ec2.terminate_instances(InstanceIds=[instance_id])
    until(lambda: account.state(instance_id) == "terminated" and time.monotonic() > booted_at + 0.5)
    seen = [one["state"] for one in slow.get("instances/changes")["changes"]]
    assert seen == ["pending", "shutting-down", "terminated"]


def test_an_interrupted_instance_is_terminated_after_its_warning(account, sandbox, until):
    instance_id = account.run_spot()
    sandbox.post("interrupt", instance_id=instance_id, seconds=4)
    assert account.state(instance_id) in LIVE
    pending = sandbox.get("state")["interruptions"]
    assert any(one["instance_id"] == instance_id for one in pending)
    until(lambda: account.state(instance_id) == "terminated")
    assert account.instance(instance_id)["StateReason"]["Code"] == "Server.SpotInstanceTermination"
