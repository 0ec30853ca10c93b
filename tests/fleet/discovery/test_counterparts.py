"""A cluster on EKS can launch the architecture that none of its nodes has."""

from typing import Any

import pytest

from apps.fleet.models import CloudAccount, Cluster, NodeTemplate
from apps.fleet.services import discovery
from apps.fleet.services.templates import launch_template_of, read_templates
from apps.fleet.services.templates.images import amazon_linux_2, parameter_like
from tests.factories import ClusterFactory
from tests.fleet.cloud.aws_account import USER_DATA, Account
from tests.fleet.kube.standin import TestCluster

OWNED = {"kubernetes.io/cluster/prod": "owned"}
PARAMETER = "/aws/service/eks/optimized-ami/1.29/amazon-linux-2023/{}/standard/recommended/image_id"
SHARED = (
    "user_data",
    "instance_profile_arn",
    "security_group_ids",
    "subnet_by_zone",
    "block_devices",
    "metadata_options",
    "tags",
)


@pytest.fixture
def cluster(account: CloudAccount) -> Cluster:
    made: Cluster = ClusterFactory(account=account, name="prod")
    return made


def templates(cluster: Cluster) -> dict[str, NodeTemplate]:
    discovery.discover_account(cluster.account.pk)
    return {template.architecture: template for template in cluster.templates.all()}


def own_image(aws: Account) -> str:
    """An image that the tenant made of a node."""
    [instance] = aws.run()
    made: str = aws.ec2.create_image(InstanceId=instance, Name="hardened-node")["ImageId"]
    return made


def run_with(aws: Account, image: str, user_data: str) -> None:
    named = [{"Key": key, "Value": value} for key, value in OWNED.items()]
    aws.ec2.run_instances(
        ImageId=image,
        InstanceType="m5.large",
        MinCount=1,
        MaxCount=1,
        UserData=user_data,
        TagSpecifications=[{"ResourceType": "instance", "Tags": named}],
    )


@pytest.mark.parametrize(
    ("instance_type", "has", "other"),
    [("m5.large", "amd64", "arm64"), ("m6g.large", "arm64", "amd64")],
)
def test_the_other_architecture_is_as_the_nodes_but_for_its_image(
    cluster: Cluster, aws: Account, instance_type: str, has: str, other: str
):
    aws_names = {"amd64": "x86_64", "arm64": "arm64"}
    aws.run(instance_type=instance_type, architecture=aws_names[has], **OWNED)
    found = templates(cluster)
    assert found.keys() == {has, other}
    assert found[other].image_id == aws.cloud.public_image(PARAMETER.format(aws_names[other]))
    assert found[other].source == (
        f"public parameter {PARAMETER.format(aws_names[other])}, the rest as {has}"
    )
    assert [getattr(found[other], name) for name in SHARED] == [getattr(found[has], name) for name in SHARED]
    assert found[has].source.startswith("instance i-")


def test_the_platforms_launch_template_for_it_is_made(cluster: Cluster, aws: Account):
    aws.group("workers", **OWNED)
    found = templates(cluster)
    template_id, version = launch_template_of(cluster, "arm64")
    [made] = aws.ec2.describe_launch_templates(LaunchTemplateIds=[template_id])["LaunchTemplates"]
    assert made["LaunchTemplateName"] == "atharva-prod-arm64"
    spec = aws.cloud.launch_spec(template_id, version)
    assert (spec.image_id, spec.user_data) == (found["arm64"].image_id, USER_DATA)


def test_it_follows_the_nodes_template(cluster: Cluster, aws: Account):
    aws.run(**OWNED)
    templates(cluster)
    cluster.templates.filter(architecture="amd64").update(user_data="#!/bin/bash\n", edited=True)
    assert templates(cluster)["arm64"].user_data == "#!/bin/bash\n"


def test_what_a_person_edited_stays(cluster: Cluster, aws: Account):
    aws.run(**OWNED)
    templates(cluster)
    cluster.templates.filter(architecture="arm64").update(image_id="ami-edited", edited=True)
    assert templates(cluster)["arm64"].image_id == "ami-edited"


def test_a_node_of_that_architecture_knows_better(cluster: Cluster, aws: Account):
    aws.run(**OWNED)
    templates(cluster)
    [instance] = aws.run(instance_type="m6g.large", architecture="arm64", **OWNED)
    assert templates(cluster)["arm64"].source == f"instance {instance}"


def test_nodes_that_are_not_eks_have_none(cluster: Cluster, aws: Account):
    run_with(aws, own_image(aws), "#!/bin/bash\nkubeadm join 10.0.0.1:6443\n")
    assert templates(cluster).keys() == {"amd64"}


def test_it_goes_when_the_nodes_are_no_longer_eks(cluster: Cluster, aws: Account):
    aws.run(**OWNED)
    templates(cluster)
    changes: dict[str, Any] = {"image_id": own_image(aws), "user_data": "#!/bin/bash\n", "edited": True}
    cluster.templates.filter(architecture="amd64").update(**changes)
    assert templates(cluster).keys() == {"amd64"}


def test_an_image_of_the_tenants_own_takes_the_clusters_version(
    account: CloudAccount, aws: Account, kube_cluster: TestCluster
):
    cluster = ClusterFactory(account=account, name="prod", kubeconfig=kube_cluster.kubeconfig)
    run_with(aws, own_image(aws), USER_DATA)
    version = kube_cluster.api("GET", "/version")
    wanted = amazon_linux_2(f"{version['major']}.{version['minor']}", "arm64")
    found = templates(cluster)["arm64"]
    assert found.source == f"public parameter {wanted}, the rest as amd64"
    assert found.image_id == aws.cloud.public_image(wanted)


def test_a_cluster_that_does_not_answer_changes_nothing(cluster: Cluster, aws: Account):
    aws.run(**OWNED)
    before = templates(cluster)["arm64"]
    cluster.templates.filter(architecture="amd64").update(image_id=own_image(aws), edited=True)
    cluster.kubeconfig = "not a kubeconfig"
    cluster.save()
    read_templates(cluster)
    after = cluster.templates.get(architecture="arm64")
    assert (after.image_id, after.read_at) == (before.image_id, before.read_at)


@pytest.mark.parametrize(
    ("name", "architecture", "family"),
    [
        (
            "amazon-eks-node-al2023-x86_64-standard-1.31-v20260105",
            "arm64",
            "1.31/amazon-linux-2023/arm64/standard",
        ),
        (
            "amazon-eks-node-al2023-arm64-nvidia-1.33-v20260105",
            "amd64",
            "1.33/amazon-linux-2023/x86_64/nvidia",
        ),
        ("amazon-eks-node-1.30-v20260105", "arm64", "1.30/amazon-linux-2-arm64"),
        ("amazon-eks-arm64-node-1.30-v20260105", "amd64", "1.30/amazon-linux-2"),
    ],
)
def test_an_eks_image_has_one_like_it(name: str, architecture: str, family: str):
    wanted = f"/aws/service/eks/optimized-ami/{family}/recommended/image_id"
    assert parameter_like(name, architecture) == wanted


@pytest.mark.parametrize("name", ["", "al2023-ami-x86_64", "amazon-eks-gpu-node-1.30-v20260105"])
def test_another_image_has_none_like_it(name: str):
    assert parameter_like(name, "arm64") == ""
