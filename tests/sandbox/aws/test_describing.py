from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError


def ids(pages):
    return [one["InstanceId"] for page in pages for row in page["Reservations"] for one in row["Instances"]]


def test_instances_come_in_pages(account):
    launched = account.run(MinCount=12, MaxCount=12)
    first = account.ec2.describe_instances(MaxResults=5)
    assert len(ids([first])) == 5
    pages = account.ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 5})
    assert ids(pages) == launched


def test_ids_and_max_results_exclude_each_other(account):
    with pytest.raises(ClientError, match="InvalidParameterCombination"):
        account.ec2.describe_instances(InstanceIds=account.run(), MaxResults=5)


def test_a_spoilt_token_is_refused(account):
    with pytest.raises(ClientError, match="InvalidNextToken"):
        account.ec2.describe_instances(MaxResults=5, NextToken="nonsense")


def test_instances_are_filtered(account, until):
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "cluster", "Value": "prod-a"}]}]
    (tagged,) = account.run(TagSpecifications=tags)
    spot = account.run_spot(InstanceType="c5.large")

    def found(name, *values):
        return ids([account.ec2.describe_instances(Filters=[{"Name": name, "Values": list(values)}])])

    assert found("tag:cluster", "prod-*") == [tagged]
    assert found("tag-key", "cluster") == [tagged]
    assert found("instance-lifecycle", "spot") == [spot]
    assert found("instance-type", "c5.*", "c6i.large") == [spot]
    assert found("instance-state-name", "running", "pending") == [tagged, spot]
    assert found("instance-state-name", "terminated") == []


def test_an_unknown_filter_is_refused(account):
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        account.ec2.describe_instances(Filters=[{"Name": "colour", "Values": ["red"]}])


def test_volumes_and_snapshots_come_in_pages(account):
    volumes = [
        account.ec2.create_volume(AvailabilityZone="us-east-1a", Size=10, VolumeType="gp3")["VolumeId"]
        for _ in range(7)
    ]
    snapshots = [account.ec2.create_snapshot(VolumeId=volume)["SnapshotId"] for volume in volumes]
    size = {"PaginationConfig": {"PageSize": 5}}
    pages = account.ec2.get_paginator("describe_volumes").paginate(**size)
    assert [one["VolumeId"] for page in pages for one in page["Volumes"]] == volumes
    pages = account.ec2.get_paginator("describe_snapshots").paginate(OwnerIds=["self"], **size)
    assert [one["SnapshotId"] for page in pages for one in page["Snapshots"]] == snapshots


def test_backdated_volumes_are_older(account, sandbox):
    volume = account.ec2.create_volume(AvailabilityZone="us-east-1a", Size=10)["VolumeId"]
    sandbox.post("backdate", resource_id=volume, hours=12 * 24)
    (described,) = account.ec2.describe_volumes(VolumeIds=[volume])["Volumes"]
    assert timedelta(days=11) < datetime.now(UTC) - described["CreateTime"] < timedelta(days=13)


def test_the_offered_types_are_a_believable_selection(account):
    pages = list(account.ec2.get_paginator("describe_instance_types").paginate(MaxResults=50))
    assert len(pages[0]["InstanceTypes"]) == 50
    types = {one["InstanceType"]: one for page in pages for one in page["InstanceTypes"]}
    assert 100 <= len(types) <= 140
    assert types["m5.xlarge"]["VCpuInfo"]["DefaultVCpus"] == 4
    assert types["m5.xlarge"]["MemoryInfo"]["SizeInMiB"] == 16384
    assert types["r7g.large"]["ProcessorInfo"]["SupportedArchitectures"] == ["arm64"]


def test_offerings_differ_by_zone(account):
    def offered(zone):
        pages = account.ec2.get_paginator("describe_instance_type_offerings").paginate(
            LocationType="availability-zone", Filters=[{"Name": "location", "Values": [zone]}]
        )
        return {one["InstanceType"] for page in pages for one in page["InstanceTypeOfferings"]}

    assert "m7i.large" in offered("us-east-1a") | offered("us-east-1b")
    assert "m7i.large" not in offered("us-east-1e")
    assert "m5.large" in offered("us-east-1e")


def launch_five_thousand(account):
    account.template()
    target = {"TotalTargetCapacity": 500, "DefaultTargetCapacityType": "on-demand"}
    for zone in "abcde":
        for instance_type in ("m5.large", "c5.large"):
            pool = {"InstanceType": instance_type, "AvailabilityZone": f"us-east-1{zone}"}
            assert account.fleet(pool, TargetCapacitySpecification=target)["Errors"] == []


def test_five_thousand_instances_do_not_slow_it_down(start_sandbox, account_in, until):
    """Measured in the server's own CPU time: the wall clock would tell what else the machine does."""
    busy = start_sandbox("--boot-seconds", "0.1")
    account = account_in(busy)
    launch_five_thousand(account)
    until(lambda: busy.get("state")["instances"] == {"running": 5000}, seconds=60)

    began = busy.cpu_seconds()
    pages = list(account.ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 500}))
    assert len(pages) == 10
    assert (busy.cpu_seconds() - began) / 10 < 0.5

    everything = ids(pages)
    assert len(set(everything)) == 5000
    began = busy.cpu_seconds()
    for start in range(0, 200, 20):
        assert len(ids([account.ec2.describe_instances(InstanceIds=everything[start : start + 20])])) == 20
    assert (busy.cpu_seconds() - began) / 10 < 0.1

    began = busy.cpu_seconds()
    for _ in range(20):
        account.fleet({"InstanceType": "m5.xlarge", "AvailabilityZone": "us-east-1a"})
    assert (busy.cpu_seconds() - began) / 20 < 0.03
