"""Which instances become nodes, and why others do not."""

from typing import Any

import pytest

from deploy.sandbox.kube import kinds
from deploy.sandbox.kube.cloud import Cloud
from deploy.sandbox.kube.joining import CannotJoin, bootstrap
from tests.sandbox.kube.world import World

USER_DATA = """#!/bin/bash
set -e
/etc/eks/bootstrap.sh prod \\
  --kubelet-extra-args '--node-labels=team=a,tier=web --register-with-taints=gpu=yes:NoSchedule'
"""
RULES = {
    "account_id": "111122223333",
    "image_ids": ["ami-1"],
    "subnet_ids": ["subnet-1"],
    "instance_profile": "node",
}


def instance(**changes: Any) -> dict[str, Any]:
    return {
        "instance_id": "i-1",
        "account_id": "111122223333",
        "region": "us-east-1",
        "zone": "us-east-1b",
        "instance_type": "m5.large",
        "state": "running",
        "lifecycle": "spot",
        "private_ip": "10.0.1.7",
        "image_id": "ami-1",
        "user_data": USER_DATA,
        "instance_profile": "arn:aws:iam::111122223333:instance-profile/node",
        "subnet_id": "subnet-1",
        "tags": {"kubernetes.io/cluster/prod": "owned"},
        "launch_time": "2026-01-01T00:00:00Z",
        **changes,
    }


@pytest.fixture
async def cloud(world: World) -> Cloud:
    followed = Cloud(world.sandbox, "http://127.0.0.1:1")
    world.cluster = world.sandbox.add("prod", RULES, None)
    return followed


def test_the_bootstrap_line_names_cluster_labels_and_taints() -> None:
    found = bootstrap(USER_DATA)

    assert found is not None
    assert found.cluster == "prod"
    assert found.labels == {"team": "a", "tier": "web"}
    assert found.taints == ({"key": "gpu", "value": "yes", "effect": "NoSchedule"},)


@pytest.mark.parametrize("text", ["", "#!/bin/bash\necho hello", "# /etc/eks/bootstrap.sh prod"])
def test_user_data_without_a_bootstrap_starts_nothing(text: str) -> None:
    assert bootstrap(text) is None


def test_a_taint_without_an_effect_stops_the_kubelet() -> None:
    with pytest.raises(CannotJoin, match="invalid taint"):
        bootstrap("/etc/eks/bootstrap.sh prod --kubelet-extra-args '--register-with-taints=gpu'")


async def test_a_fitting_instance_becomes_a_node(world: World, cloud: Cloud) -> None:
    cloud.take(instance())

    node = await world.until(lambda: world.store.get(kinds.NODES, "", "ip-10-0-1-7.ec2.internal"))

    labels = node.obj["metadata"]["labels"]
    assert node.obj["spec"]["providerID"] == "aws:///us-east-1b/i-1"
    assert (labels["team"], labels["topology.kubernetes.io/zone"]) == ("a", "us-east-1b")
    assert labels["eks.amazonaws.com/capacityType"] == "SPOT"
    assert not world.cluster.refused


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"instance_profile": None}, "no instance profile"),
        ({"instance_profile": "arn:aws:iam::1:instance-profile/other"}, "is not mapped to nodes"),
        ({"tags": {}}, "tag kubernetes.io/cluster/prod is missing"),
        ({"subnet_id": "subnet-9"}, "subnet subnet-9 does not reach"),
        ({"image_id": "ami-9"}, "image ami-9 has no kubelet"),
        ({"account_id": "999"}, "account 999 is not the cluster's"),
        ({"user_data": "#!/bin/bash"}, "starts no kubelet"),
        ({"user_data": "/etc/eks/bootstrap.sh elsewhere"}, "names cluster elsewhere"),
        ({"instance_type": "z9.huge"}, "unknown instance type"),
    ],
)
async def test_anything_wrong_keeps_an_instance_out_and_is_told(
    world: World, cloud: Cloud, changes: dict[str, Any], why: str
) -> None:
    cloud.take(instance(**changes))

    assert why in world.cluster.refused["i-1"]["reason"]
    assert not world.store.all(kinds.NODES)


async def test_an_instance_that_ends_while_booting_never_joins(world: World, cloud: Cloud) -> None:
    cloud.take(instance())
    cloud.take(instance(state="shutting-down"))
    cloud.take(instance(instance_id="i-2", private_ip="10.0.1.8"))

    await world.until(lambda: world.store.get(kinds.NODES, "", "ip-10-0-1-8.ec2.internal"))

    assert world.store.get(kinds.NODES, "", "ip-10-0-1-7.ec2.internal") is None


async def test_a_terminated_instances_node_is_removed(world: World, cloud: Cloud) -> None:
    cloud.take(instance())
    await world.until(lambda: world.store.all(kinds.NODES))

    cloud.take(instance(state="terminated"))

    assert not world.store.all(kinds.NODES)


async def test_what_runs_already_joins_a_cluster_made_later(world: World) -> None:
    cloud = Cloud(world.sandbox, "http://127.0.0.1:1")
    cloud.take(instance())

    late = world.sandbox.add("prod", RULES, None)

    await world.until(lambda: late.store.all(kinds.NODES))
