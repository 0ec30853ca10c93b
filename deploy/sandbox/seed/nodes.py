"""A cluster's nodes: launch template, Auto Scaling group, fleets; and instances that belong to no cluster."""

import base64
import random
from typing import Any

from botocore.exceptions import ClientError

from deploy.sandbox.seed.cloud import OWNED, Cloud, named, tagged, tags
from deploy.sandbox.seed.network import Network
from deploy.sandbox.seed.world import ClusterSpec, Group, NodeSet

ROOT_GIB = 50
OLDEST_HOURS = 400
LIVING = {"Name": "instance-state-name", "Values": ["pending", "running"]}
USER_DATA = """#!/bin/bash
set -ex
/etc/eks/bootstrap.sh {cluster} --kubelet-extra-args '--node-labels=node-group={group},team=platform'
"""


class NoCapacity(Exception):
    """The emulated cloud had no room for nodes of the world; the message names the pool."""


def ensure_template(cloud: Cloud, network: Network, cluster: str, security_group: str, profile: str) -> str:
    """The id of the launch template whose instances join `cluster`."""
    name = f"{cluster}-nodes"
    try:
        found = cloud.ec2.describe_launch_templates(LaunchTemplateNames=[name])["LaunchTemplates"]
        return str(found[0]["LaunchTemplateId"])
    except ClientError as error:
        if "NotFound" not in error.response["Error"]["Code"]:
            raise
    user_data = USER_DATA.format(cluster=cluster, group="general")
    marks = {"Name": f"{cluster}-node", OWNED.format(cluster=cluster): "owned", "team": "platform"}
    created = cloud.ec2.create_launch_template(
        LaunchTemplateName=name,
        TagSpecifications=[tagged("launch-template", {OWNED.format(cluster=cluster): "owned"})],
        LaunchTemplateData={
            "ImageId": network.images["x86_64"],
            "InstanceType": "m5.xlarge",
            "IamInstanceProfile": {"Arn": profile},
            "SecurityGroupIds": [security_group],
            "UserData": base64.b64encode(user_data.encode()).decode(),
            "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
            "BlockDeviceMappings": [
                {
                    "DeviceName": "/dev/xvda",
                    "Ebs": {"VolumeSize": ROOT_GIB, "VolumeType": "gp3", "DeleteOnTermination": True},
                }
            ],
            "TagSpecifications": [tagged("instance", marks), tagged("volume", marks)],
        },
    )
    return str(created["LaunchTemplate"]["LaunchTemplateId"])


def ensure_nodes(cloud: Cloud, network: Network, cluster: ClusterSpec, template: str) -> list[str]:
    """The instance ids of the cluster's nodes, launched where missing.

    Raises NoCapacity.
    """
    if cluster.group is not None:
        _ensure_group(cloud, network, cluster.name, cluster.group, template)
    owned = [{"Name": f"tag:{OWNED.format(cluster=cluster.name)}", "Values": ["owned"]}, LIVING]
    if not _ids(cloud, owned):
        for nodes in cluster.node_sets:
            _launch(cloud, network, nodes, template)
    return _ids(cloud, owned)


def ensure_strays(cloud: Cloud, network: Network, strays: tuple[NodeSet, ...]) -> list[str]:
    """The ids of instances that no cluster knows: somebody's tests, a forgotten bastion."""
    name = f"{cloud.account.name}-legacy"
    living = [*named(name), LIVING]
    if strays and not _ids(cloud, living):
        for nodes in strays:
            cloud.ec2.run_instances(
                ImageId=network.images["x86_64"],
                InstanceType=nodes.instance_type,
                MinCount=nodes.count,
                MaxCount=nodes.count,
                SubnetId=network.subnets[nodes.zone],
                TagSpecifications=[tagged("instance", {"Name": name})],
                **_market(nodes),
            )
    return _ids(cloud, living)


def make_old(cloud: Cloud, instances: list[str], chance: random.Random) -> None:
    """Give each the age that a running fleet's instances have; an API cannot launch in the past."""
    for instance in instances:
        cloud.control("backdate", resource_id=instance, hours=round(chance.uniform(2, OLDEST_HOURS), 2))


def _ensure_group(cloud: Cloud, network: Network, cluster: str, group: Group, template: str) -> None:
    scaling, name = cloud.client("autoscaling"), f"{cluster}-general"
    if scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]:
        return
    scaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        MinSize=group.minimum,
        MaxSize=group.maximum,
        DesiredCapacity=group.desired,
        VPCZoneIdentifier=",".join(network.subnets.values()),
        MixedInstancesPolicy={
            "LaunchTemplate": {
                "LaunchTemplateSpecification": {"LaunchTemplateId": template, "Version": "$Latest"},
                "Overrides": [{"InstanceType": name} for name in group.types],
            },
            "InstancesDistribution": {
                "OnDemandBaseCapacity": group.on_demand,
                "OnDemandPercentageAboveBaseCapacity": 0,
                "SpotAllocationStrategy": "capacity-optimized",
            },
        },
        Tags=[
            {**tag, "PropagateAtLaunch": True, "ResourceType": "auto-scaling-group", "ResourceId": name}
            for tag in tags({OWNED.format(cluster=cluster): "owned"})
        ],
    )


def _launch(cloud: Cloud, network: Network, nodes: NodeSet, template: str) -> None:
    """Launch `nodes`; what their zone has no room for goes to the other zones."""
    missing = nodes.count
    zones = sorted(network.subnets, key=lambda zone: (zone != nodes.zone, zone))
    for zone in zones:
        answer = cloud.ec2.create_fleet(
            Type="instant",
            LaunchTemplateConfigs=[
                {
                    "LaunchTemplateSpecification": {"LaunchTemplateId": template, "Version": "$Latest"},
                    "Overrides": [{"InstanceType": nodes.instance_type, "SubnetId": network.subnets[zone]}],
                }
            ],
            TargetCapacitySpecification={
                "TotalTargetCapacity": missing,
                "DefaultTargetCapacityType": nodes.lifecycle,
            },
        )
        missing -= sum(len(launched["InstanceIds"]) for launched in answer["Instances"])
        if missing <= 0:
            return
    raise NoCapacity(f"{missing} of {nodes.count} {nodes.lifecycle} {nodes.instance_type} in {cloud.region}")


def _market(nodes: NodeSet) -> dict[str, Any]:
    return {"InstanceMarketOptions": {"MarketType": "spot"}} if nodes.lifecycle == "spot" else {}


def _ids(cloud: Cloud, filters: list[dict[str, Any]]) -> list[str]:
    pages = cloud.ec2.get_paginator("describe_instances").paginate(Filters=filters)
    return [
        instance["InstanceId"]
        for page in pages
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
    ]
