"""An account of the emulated cloud: the platform's view of it and its owner's."""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from time import monotonic, sleep
from typing import Any

import boto3

from apps.fleet.cloud.aws import cloud_for
from apps.fleet.cloud.port import Cloud, LaunchRequest, LaunchSpec, Offer
from tests.world.servers import AwsEmulator

REGION = "us-east-1"
EXTERNAL_ID = "external-1"
OWNER = "installation-1"
USER_DATA = "#!/bin/bash\n/etc/eks/bootstrap.sh prod\n"


def eventually(what: str, holds: Callable[[], object], *, seconds: float = 30) -> None:
    """Wait for what the cloud does in its own time."""
    deadline = monotonic() + seconds
    while not holds():
        assert monotonic() < deadline, f"not within {seconds:g} s: {what}"
        sleep(0.05)


def new_account(server: AwsEmulator) -> "Account":
    """An account that nothing else has touched."""
    return Account(server, str(secrets.randbelow(9 * 10**11) + 10**11))


@dataclass(frozen=True)
class Account:
    """An AWS account: the platform's view of it (`cloud`) and its owner's (`ec2`, …)."""

    server: AwsEmulator
    id: str

    @property
    def role_arn(self) -> str:
        return f"arn:aws:iam::{self.id}:role/atharva"

    @cached_property
    def cloud(self) -> Cloud:
        return self.cloud_in(REGION)

    def cloud_in(self, region: str) -> Cloud:
        return cloud_for(account_id=self.id, role_arn=self.role_arn, external_id=EXTERNAL_ID, region=region)

    @cached_property
    def _owner(self) -> boto3.Session:
        sts = boto3.client("sts", region_name=REGION, endpoint_url=self.server.url)
        keys = sts.assume_role(RoleArn=f"arn:aws:iam::{self.id}:role/owner", RoleSessionName="owner")
        return boto3.Session(
            aws_access_key_id=keys["Credentials"]["AccessKeyId"],
            aws_secret_access_key=keys["Credentials"]["SecretAccessKey"],
            aws_session_token=keys["Credentials"]["SessionToken"],
            region_name=REGION,
        )

    def owner(self, service: str, region: str = REGION) -> Any:
        return self._owner.client(service, region_name=region, endpoint_url=self.server.url)

    @cached_property
    def ec2(self) -> Any:
        return self.owner("ec2")

    @cached_property
    def autoscaling(self) -> Any:
        return self.owner("autoscaling")

    @cached_property
    def subnets(self) -> dict[str, str]:
        """The default subnet of each zone."""
        found = self.ec2.describe_subnets()["Subnets"]
        return {subnet["AvailabilityZone"]: subnet["SubnetId"] for subnet in found}

    def image(self, architecture: str = "x86_64", region: str = REGION) -> str:
        filters = [{"Name": "architecture", "Values": [architecture]}]
        images = self.owner("ec2", region).describe_images(Filters=filters)["Images"]
        found: str = images[0]["ImageId"]
        return found

    @cached_property
    def security_group(self) -> str:
        found: str = self.ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
        return found

    @cached_property
    def profile_arn(self) -> str:
        iam = self.owner("iam")
        profile = iam.create_instance_profile(InstanceProfileName="node")
        found: str = profile["InstanceProfile"]["Arn"]
        return found

    def spec(self, **changes: Any) -> LaunchSpec:
        """What makes a node here."""
        fields: dict[str, Any] = {
            "image_id": self.image(),
            "user_data": USER_DATA,
            "instance_profile_arn": self.profile_arn,
            "security_group_ids": (self.security_group,),
            "block_devices": ({"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 30, "VolumeType": "gp3"}},),
            "metadata_options": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
            "tags": {"kubernetes.io/cluster/prod": "owned"},
        }
        return LaunchSpec(**fields | changes)

    def offer(
        self, instance_type: str = "m5.large", zone: str = "us-east-1a", lifecycle: str = "spot"
    ) -> Offer:
        return Offer(instance_type, zone, self.subnets[zone], lifecycle)

    def request(self, *offers: Offer, spec: LaunchSpec | None = None, **tags: str) -> LaunchRequest:
        template, version = self.cloud.ensure_launch_template(
            "atharva-prod-amd64", spec or self.spec(), owner=OWNER
        )
        return LaunchRequest(template, version, offers or (self.offer(),), tags)

    def run(
        self,
        count: int = 1,
        *,
        region: str = REGION,
        instance_type: str = "m5.large",
        architecture: str = "x86_64",
        **tags: str,
    ) -> list[str]:
        """Instances that the owner launches by hand."""
        named = [{"Key": key, "Value": value} for key, value in tags.items()]
        answer = self.owner("ec2", region).run_instances(
            ImageId=self.image(architecture, region),
            InstanceType=instance_type,
            MinCount=count,
            MaxCount=count,
            UserData=USER_DATA,
            TagSpecifications=[{"ResourceType": "instance", "Tags": named}] if named else [],
        )
        return [instance["InstanceId"] for instance in answer["Instances"]]

    def group(self, name: str = "workers", *, least: int = 1, desired: int = 2, **tags: str) -> list[str]:
        """An Auto Scaling group with a launch template; the ids of its members."""
        made = self.ec2.create_launch_template(
            LaunchTemplateName=f"{name}-template",
            LaunchTemplateData={
                "ImageId": self.image(),
                "InstanceType": "m5.large",
                "UserData": base64.b64encode(USER_DATA.encode()).decode(),
                "IamInstanceProfile": {"Arn": self.profile_arn},
                "SecurityGroupIds": [self.security_group],
                "MetadataOptions": {"HttpTokens": "required"},
            },
        )
        template = made["LaunchTemplate"]["LaunchTemplateId"]
        self.autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            MinSize=least,
            DesiredCapacity=desired,
            MaxSize=10,
            LaunchTemplate={"LaunchTemplateId": template, "Version": "$Latest"},
            VPCZoneIdentifier=",".join(self.subnets[zone] for zone in ("us-east-1a", "us-east-1b")),
            Tags=[{"Key": key, "Value": value, "PropagateAtLaunch": True} for key, value in tags.items()],
        )
        return self.members(name)

    def members(self, name: str = "workers") -> list[str]:
        answer = self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        return [instance["InstanceId"] for instance in answer["AutoScalingGroups"][0]["Instances"]]
