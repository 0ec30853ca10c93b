"""What a cluster's nodes stand in: VPC, a subnet per zone, security group, instance profile, images."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from deploy.sandbox.seed.cloud import OWNED, Cloud, named, tagged
from deploy.sandbox.seed.world import ClusterSpec

VPC_CIDR = "10.0.0.0/16"
SUBNET_CIDR = "10.0.{index}.0/20"
SUBNET_STEP = 16
KUBERNETES_VERSION = "1.34"
IMAGE_PARAMETER = (
    "/aws/service/eks/optimized-ami/{version}/amazon-linux-2023/{architecture}/standard/recommended/image_id"
)
ARCHITECTURES = ("x86_64", "arm64")
NODE_TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",'
    ' "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}'
)


@dataclass(frozen=True, slots=True)
class Network:
    """An account's own part; ids by zone and architecture."""

    vpc: str
    subnets: dict[str, str]
    images: dict[str, str]


def ensure_network(cloud: Cloud, clusters: tuple[ClusterSpec, ...]) -> Network:
    """The account's VPC with a subnet in each zone, made where missing."""
    vpc = _vpc(cloud)
    zones = cloud.ec2.describe_availability_zones()["AvailabilityZones"]
    shared = {OWNED.format(cluster=cluster.name): "shared" for cluster in clusters}
    subnets = {
        zone["ZoneName"]: _subnet(cloud, vpc, zone["ZoneName"], index, shared)
        for index, zone in enumerate(zones)
    }
    return Network(vpc, subnets, {name: _image(cloud, name) for name in ARCHITECTURES})


def ensure_security_group(cloud: Cloud, network: Network, cluster: str) -> str:
    """The id of the cluster's node security group."""
    name = f"{cluster}-node"
    filters = [{"Name": "group-name", "Values": [name]}, {"Name": "vpc-id", "Values": [network.vpc]}]
    found = cloud.ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    if found:
        return str(found[0]["GroupId"])
    created = cloud.ec2.create_security_group(
        GroupName=name,
        Description=f"Nodes of {cluster}",
        VpcId=network.vpc,
        TagSpecifications=[tagged("security-group", {"Name": name, OWNED.format(cluster=cluster): "owned"})],
    )
    return str(created["GroupId"])


def ensure_instance_profile(cloud: Cloud, cluster: str) -> str:
    """The ARN of the profile that nodes of the cluster carry."""
    iam, name = cloud.client("iam"), f"{cluster}-node"
    try:
        return str(iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Arn"])
    except iam.exceptions.NoSuchEntityException:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=NODE_TRUST)
        created = iam.create_instance_profile(InstanceProfileName=name)
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
        return str(created["InstanceProfile"]["Arn"])


def _vpc(cloud: Cloud) -> str:
    name = f"{cloud.account.name}-vpc"
    found = cloud.ec2.describe_vpcs(Filters=named(name))["Vpcs"]
    if found:
        return str(found[0]["VpcId"])
    created = cloud.ec2.create_vpc(CidrBlock=VPC_CIDR, TagSpecifications=[tagged("vpc", {"Name": name})])
    return str(created["Vpc"]["VpcId"])


def _subnet(cloud: Cloud, vpc: str, zone: str, index: int, shared: dict[str, str]) -> str:
    name = f"{cloud.account.name}-{zone}"
    found = cloud.ec2.describe_subnets(Filters=named(name))["Subnets"]
    if found:
        return str(found[0]["SubnetId"])
    created: Any = cloud.ec2.create_subnet(
        VpcId=vpc,
        AvailabilityZone=zone,
        CidrBlock=SUBNET_CIDR.format(index=index * SUBNET_STEP),
        TagSpecifications=[tagged("subnet", {"Name": name, **shared})],
    )
    return str(created["Subnet"]["SubnetId"])


def _image(cloud: Cloud, architecture: str) -> str:
    name = IMAGE_PARAMETER.format(version=KUBERNETES_VERSION, architecture=architecture)
    try:
        return str(cloud.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])
    except ClientError as error:
        raise LookupError(f"no node image for {architecture} in {cloud.region} ({name}): {error}") from error
