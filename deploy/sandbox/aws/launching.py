"""Turning a request and a launch template into instances, with AWS's refusals."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from moto.core.types import Base64EncodedString
from moto.ec2.exceptions import EC2ClientError, InvalidAMIIdError, InvalidSecurityGroupNotFoundError
from moto.ec2.models.instances import Reservation
from moto.ec2.models.launch_templates import LaunchTemplateVersion
from moto.ec2.models.subnets import Subnet
from moto.ec2.utils import convert_tag_spec, filter_iam_instance_profiles
from moto.iam.exceptions import NotFoundException as ProfileNotFound

from deploy.sandbox.aws import catalog
from deploy.sandbox.aws.capacity import Lifecycle, PoolKey
from deploy.sandbox.aws.instances import SandboxInstance
from deploy.sandbox.aws.versions import SandboxLaunchTemplate

if TYPE_CHECKING:
    from deploy.sandbox.aws.ec2 import SandboxEC2Backend

DEFAULT_ROOT_GIB = 20
# AWS keeps the first four and the last address of every subnet.
RESERVED_ADDRESSES = 5
MANAGED_TAGS = ("aws:ec2launchtemplate:id", "aws:ec2launchtemplate:version")


@dataclass(frozen=True)
class LaunchSpec:
    """Everything that decides what an instance will be; tags are by resource type."""

    image_id: str
    instance_type: str
    lifecycle: Lifecycle
    tags: dict[str, dict[str, str]]
    subnet_id: str | None
    zone: str | None
    data: dict[str, Any]

    def pool_in(self, subnet: Subnet) -> PoolKey:
        return PoolKey(self.instance_type, subnet.availability_zone, self.lifecycle)


def template_named(
    backend: "SandboxEC2Backend", template_id: str | None, name: str | None
) -> SandboxLaunchTemplate:
    """The launch template with that id, or else that name. Raises as AWS does where there is none."""
    if template_id:
        found = backend.get_launch_template(template_id)
    else:
        found = backend.get_launch_template_by_name(str(name))
    return cast(SandboxLaunchTemplate, found)


def template_version(backend: "SandboxEC2Backend", wanted: dict[str, Any]) -> LaunchTemplateVersion:
    """The version a LaunchTemplateSpecification means; $Default where it names none."""
    template = template_named(backend, wanted.get("LaunchTemplateId"), wanted.get("LaunchTemplateName"))
    return template.get_version(wanted.get("Version") or "$Default")


def resolve(
    backend: "SandboxEC2Backend", request: dict[str, Any], template: LaunchTemplateVersion | None
) -> LaunchSpec:
    """Lay a request (in RunInstances' shape) over its launch template."""
    base = template.data if template else {}
    data = {**base, **{name: value for name, value in request.items() if value not in (None, [], {})}}
    interface = (data.get("NetworkInterfaces") or [{}])[0]
    placement = data.get("Placement") or {}
    tags: dict[str, dict[str, str]] = {"instance": {}, "volume": {}}
    for source in (base, request):
        for resource_type, named in convert_tag_spec(source.get("TagSpecifications") or []).items():
            tags.setdefault(resource_type, {}).update(named)
    if template:
        tags["instance"] |= dict(zip(MANAGED_TAGS, (template.template.id, str(template.number)), strict=True))
    market = (data.get("InstanceMarketOptions") or {}).get("MarketType")
    return LaunchSpec(
        image_id=data.get("ImageId") or "",
        instance_type=data.get("InstanceType") or "m5.large",
        lifecycle="spot" if market == "spot" else "on-demand",
        tags=tags,
        subnet_id=data.get("SubnetId") or interface.get("SubnetId"),
        zone=placement.get("AvailabilityZone"),
        data=data,
    )


def subnets_for(backend: "SandboxEC2Backend", spec: LaunchSpec) -> list[Subnet]:
    """Where the spec may be launched: its subnet, its zone's default subnet, or any default subnet."""
    if spec.subnet_id:
        return [backend.get_subnet(spec.subnet_id)]
    defaults = backend.get_default_subnets()
    if spec.zone is None:
        offering = [zone for zone in sorted(defaults) if catalog.is_offered(spec.instance_type, zone)]
        return [defaults[zone] for zone in offering or sorted(defaults)]
    if spec.zone not in catalog.zones_of(backend.region_name) or spec.zone not in defaults:
        raise EC2ClientError("InvalidParameterValue", f"Invalid availability zone: [{spec.zone}]")
    return [defaults[spec.zone]]


def check(backend: "SandboxEC2Backend", spec: LaunchSpec, subnet: Subnet) -> None:
    """Refuse, with AWS's code, what AWS would refuse before looking for capacity."""
    image = backend.amis.get(spec.image_id)
    if image is None:
        raise InvalidAMIIdError(spec.image_id)
    sold = catalog.TYPES.get(spec.instance_type)
    if sold is None:
        raise EC2ClientError(
            "InvalidParameterValue", f"Invalid value '{spec.instance_type}' for InstanceType."
        )
    if image.architecture != sold.architecture:
        raise EC2ClientError(
            "InvalidParameterValue",
            f"The architecture '{sold.architecture}' of the specified instance type does not match the "
            f"architecture '{image.architecture}' of the specified AMI. Specify an instance type and an AMI "
            "that have matching architectures, and try again.",
        )
    if not catalog.is_offered(spec.instance_type, subnet.availability_zone):
        raise EC2ClientError(
            "Unsupported",
            f"Your requested instance type ({spec.instance_type}) is not supported in your requested "
            f"Availability Zone ({subnet.availability_zone}).",
        )
    if not _free_addresses(subnet):
        raise EC2ClientError(
            "InsufficientFreeAddressesInSubnet",
            "The specified subnet does not have enough free addresses to satisfy the request.",
        )
    _security_groups(backend, spec, subnet)
    _profile(backend, spec)


def room(backend: "SandboxEC2Backend", spec: LaunchSpec, subnet: Subnet, now: float) -> int:
    """How many the pool, and the subnet's addresses, can still take."""
    return min(backend.world.capacity.free(spec.pool_in(subnet), now), _free_addresses(subnet))


def quota(backend: "SandboxEC2Backend", spec: LaunchSpec, subnet: Subnet) -> int:
    """How many the account may still have."""
    return backend.world.capacity.quota_left(backend.account_id, spec.pool_in(subnet))


def launch(backend: "SandboxEC2Backend", spec: LaunchSpec, subnet: Subnet, count: int) -> Reservation:
    """Create the instances; what could go wrong has been checked before."""
    data = spec.data
    interface = (data.get("NetworkInterfaces") or [{}])[0]
    reservation = backend.run_instances(
        spec.image_id,
        count,
        cast(Base64EncodedString | None, data.get("UserData")),
        [],
        instance_type=spec.instance_type,
        is_instance_type_default=False,
        lifecycle="spot" if spec.lifecycle == "spot" else None,
        region_name=backend.region_name,
        nics=[{"DeviceIndex": 0, "SubnetId": subnet.id, "DeleteOnTermination": True}],
        subnet_id=subnet.id,
        associate_public_ip=interface.get("AssociatePublicIpAddress"),
        security_group_ids=_security_groups(backend, spec, subnet),
        key_name=data.get("KeyName"),
        tags=spec.tags,
        ebs_optimized=bool(data.get("EbsOptimized")),
        monitoring_state="enabled" if (data.get("Monitoring") or {}).get("Enabled") else "disabled",
        metadata_options=data.get("MetadataOptions") or {},
        disable_api_termination=bool(data.get("DisableApiTermination")),
        block_device_mappings=_block_devices(backend, spec),
        client_token=data.get("ClientToken"),
    )
    profile = _profile(backend, spec)
    for instance in cast(list[SandboxInstance], reservation.instances):
        if profile:
            backend.associate_iam_instance_profile(instance.id, iam_instance_profile_arn=profile.arn)
        instance.begin(reservation.id)
    return reservation


def _free_addresses(subnet: Subnet) -> int:
    return max(0, subnet.cidr.num_addresses - RESERVED_ADDRESSES - len(subnet._subnet_ips))


def with_tags(spec: LaunchSpec, tags: dict[str, str]) -> LaunchSpec:
    """The same spec with more instance tags."""
    return replace(spec, tags={**spec.tags, "instance": {**spec.tags["instance"], **tags}})


def _security_groups(backend: "SandboxEC2Backend", spec: LaunchSpec, subnet: Subnet) -> list[str]:
    interface = (spec.data.get("NetworkInterfaces") or [{}])[0]
    wanted = spec.data.get("SecurityGroupIds") or interface.get("Groups") or spec.data.get("SecurityGroups")
    if not wanted:
        default = backend.get_default_security_group(subnet.vpc_id)
        return [default.id] if default else []
    groups = [backend.get_security_group_by_name_or_id(name, subnet.vpc_id) for name in wanted]
    for name, group in zip(wanted, groups, strict=True):
        if group is None:
            raise InvalidSecurityGroupNotFoundError(name)
    return [group.id for group in groups if group]


def _profile(backend: "SandboxEC2Backend", spec: LaunchSpec) -> Any:
    wanted = spec.data.get("IamInstanceProfile") or {}
    if not wanted.get("Arn") and not wanted.get("Name"):
        return None
    try:
        return filter_iam_instance_profiles(
            backend.account_id, backend.partition, wanted.get("Arn"), wanted.get("Name")
        )
    except ProfileNotFound:
        field = "arn" if wanted.get("Arn") else "name"
        raise EC2ClientError(
            "InvalidParameterValue",
            f"Value ({wanted.get('Arn') or wanted.get('Name')}) for parameter iamInstanceProfile.{field} is "
            f"invalid. Invalid IAM Instance Profile {field}",
        ) from None


def _block_devices(backend: "SandboxEC2Backend", spec: LaunchSpec) -> list[dict[str, Any]]:
    mappings = [mapping for mapping in spec.data.get("BlockDeviceMappings") or [] if "Ebs" in mapping]
    if not mappings:
        root = backend.amis[spec.image_id].root_device_name
        mappings = [{"DeviceName": root, "Ebs": {"VolumeSize": DEFAULT_ROOT_GIB, "VolumeType": "gp3"}}]
    return [
        {**mapping, "Ebs": {"VolumeSize": DEFAULT_ROOT_GIB, "DeleteOnTermination": True, **mapping["Ebs"]}}
        for mapping in mappings
    ]
