"""Launch templates: what others' hold, and keeping the platform's own."""

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from apps.fleet.errors import CloudRefused, InstanceMissing, TemplateInvalid
from atharva.api.problems import Problem

from ..port import LaunchSpec
from .inventory import missing_or, tag_list
from .region import Region

MARK_TAG, MARK = "atharva.ai/managed", "launch-template"
OWNER_TAG = "atharva.ai/owner"
ABSENT = frozenset(
    {
        "InvalidLaunchTemplateName.NotFoundException",
        "InvalidLaunchTemplateId.NotFound",
        "InvalidLaunchTemplateId.VersionNotFound",
    }
)
GZIP = b"\x1f\x8b"
TAKEN = "InvalidLaunchTemplateName.AlreadyExistsException"
# What a launch may say of a volume, by type: elsewhere AWS reports the figure and refuses to take it.
EVERY_VOLUME = ("VolumeType", "Encrypted", "KmsKeyId")
VOLUME_FIELDS = {
    "gp3": (*EVERY_VOLUME, "Iops", "Throughput"),
    "io1": (*EVERY_VOLUME, "Iops"),
    "io2": (*EVERY_VOLUME, "Iops"),
}
METADATA_FIELDS = ("HttpTokens", "HttpPutResponseHopLimit", "HttpEndpoint", "InstanceMetadataTags")


class Templates(Region):
    def launch_spec(self, template_id: str, version: str) -> LaunchSpec:
        answer = self.call(
            self.ec2.describe_launch_template_versions,
            LaunchTemplateId=template_id,
            Versions=[version],
            ResolveAlias=True,
        )
        return _spec(answer["LaunchTemplateVersions"][0]["LaunchTemplateData"])

    def launch_spec_of_instance(self, instance_id: str) -> LaunchSpec:
        try:
            answer = self.call(self.ec2.describe_instances, InstanceIds=[instance_id])
            user_data = self.call(
                self.ec2.describe_instance_attribute, InstanceId=instance_id, Attribute="userData"
            )["UserData"].get("Value", "")
        except CloudRefused as refused:
            raise missing_or(refused, instance_id) from refused
        if not answer["Reservations"]:
            raise InstanceMissing(instance=instance_id)
        instance = answer["Reservations"][0]["Instances"][0]
        return LaunchSpec(
            image_id=instance["ImageId"],
            user_data=_decoded(user_data),
            instance_profile_arn=instance.get("IamInstanceProfile", {}).get("Arn", ""),
            security_group_ids=tuple(group["GroupId"] for group in instance.get("SecurityGroups", ())),
            block_devices=self._devices(instance),
            metadata_options=_only(instance.get("MetadataOptions", {}), METADATA_FIELDS),
            tags={tag["Key"]: tag["Value"] for tag in instance.get("Tags", ())},
        )

    def ensure_launch_template(self, name: str, spec: LaunchSpec, *, owner: str) -> tuple[str, str]:
        data = _data(spec)
        mark = f"atharva {_fingerprint(data)}"
        try:
            return self._version_marked(name, mark) or self._new_version(name, mark, data, owner)
        except CloudRefused as refused:
            raise _template_refusal(refused) from refused

    def _version_marked(self, name: str, mark: str) -> tuple[str, str] | None:
        """The newest version where its content is what `mark` says; versions cannot be changed later."""
        newest = self._newest(name)
        if newest is None or newest.get("VersionDescription") != mark:
            return None
        return newest["LaunchTemplateId"], str(newest["VersionNumber"])

    def _newest(self, name: str) -> Mapping[str, Any] | None:
        try:
            answer = self.call(
                self.ec2.describe_launch_template_versions, LaunchTemplateName=name, Versions=["$Latest"]
            )
        except CloudRefused as refused:
            if refused.details["aws_code"] in ABSENT:
                return None
            raise
        return next(iter(answer["LaunchTemplateVersions"]), None)

    def _new_version(self, name: str, mark: str, data: Mapping[str, object], owner: str) -> tuple[str, str]:
        content = {"LaunchTemplateName": name, "VersionDescription": mark, "LaunchTemplateData": data}
        try:
            tags = tag_list({MARK_TAG: MARK, OWNER_TAG: owner})
            tagged = [{"ResourceType": "launch-template", "Tags": tags}]
            made = self.call(self.ec2.create_launch_template, **content, TagSpecifications=tagged)
            return made["LaunchTemplate"]["LaunchTemplateId"], "1"
        except CloudRefused as refused:
            if refused.details["aws_code"] != TAKEN:
                raise
        version = self.call(self.ec2.create_launch_template_version, **content)["LaunchTemplateVersion"]
        return version["LaunchTemplateId"], str(version["VersionNumber"])

    def _devices(self, instance: Mapping[str, Any]) -> tuple[Mapping[str, object], ...]:
        """The instance's volumes as a launch takes them: an instance names only their ids."""
        attached = {
            device["Ebs"]["VolumeId"]: device["DeviceName"]
            for device in instance.get("BlockDeviceMappings", ())
            if device.get("Ebs", {}).get("DeleteOnTermination", True)
        }
        if not attached:
            return ()
        volumes = self.call(self.ec2.describe_volumes, VolumeIds=sorted(attached))["Volumes"]
        fields = {volume["VolumeId"]: _ebs(volume) for volume in volumes}
        return tuple(
            {"DeviceName": name, "Ebs": fields[volume]}
            for volume, name in attached.items()
            if volume in fields
        )


def _spec(data: Mapping[str, Any]) -> LaunchSpec:
    """A launch template's data in the port's words."""
    interface: Mapping[str, Any] = next(iter(data.get("NetworkInterfaces", ())), {})
    profile = data.get("IamInstanceProfile", {})
    tags = {
        tag["Key"]: tag["Value"]
        for tagged in data.get("TagSpecifications", ())
        if tagged["ResourceType"] == "instance"
        for tag in tagged["Tags"]
    }
    return LaunchSpec(
        image_id=data.get("ImageId", ""),
        user_data=_decoded(data.get("UserData", "")),
        instance_profile_arn=profile.get("Arn") or profile.get("Name", ""),
        security_group_ids=tuple(data.get("SecurityGroupIds") or interface.get("Groups", ())),
        block_devices=tuple(data.get("BlockDeviceMappings", ())),
        metadata_options=_only(data.get("MetadataOptions", {}), METADATA_FIELDS),
        tags=tags,
    )


def _data(spec: LaunchSpec) -> dict[str, object]:
    """The port's words as a launch template's data; what is empty is left to AWS's default."""
    profile = spec.instance_profile_arn
    data: dict[str, object] = {
        "ImageId": spec.image_id,
        "UserData": base64.b64encode(spec.user_data.encode()).decode(),
        "IamInstanceProfile": {"Arn" if profile.startswith("arn:") else "Name": profile} if profile else {},
        "SecurityGroupIds": list(spec.security_group_ids),
        "BlockDeviceMappings": list(spec.block_devices),
        "MetadataOptions": dict(spec.metadata_options),
        "TagSpecifications": [
            {"ResourceType": kind, "Tags": tag_list(spec.tags)}
            for kind in ("instance", "volume")
            if spec.tags
        ],
    }
    return {name: value for name, value in data.items() if value}


def _fingerprint(data: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()


def _decoded(user_data: str) -> str:
    """User data as text; cloud-init takes it compressed or plain alike."""
    raw = base64.b64decode(user_data)
    if raw.startswith(GZIP):
        raw = gzip.decompress(raw)
    return raw.decode(errors="replace")


def _only(found: Mapping[str, Any], fields: tuple[str, ...]) -> dict[str, object]:
    return {name: found[name] for name in fields if name in found}


def _ebs(volume: Mapping[str, Any]) -> dict[str, object]:
    """A volume's settings as a launch takes them."""
    fields = VOLUME_FIELDS.get(volume["VolumeType"], EVERY_VOLUME)
    return {"VolumeSize": volume["Size"], "DeleteOnTermination": True, **_only(volume, fields)}


def _template_refusal(refused: CloudRefused) -> Problem:
    if str(refused.details["aws_code"]).startswith("Invalid"):
        return TemplateInvalid(aws_code=refused.details["aws_code"], why=refused.details["why"])
    return refused
