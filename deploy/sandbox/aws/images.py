"""Node images: one per Kubernetes version and architecture, and the public parameters that name them."""

import hashlib
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from moto.ec2.models.amis import Ami
from moto.ssm import urls as ssm_urls
from moto.ssm.models import Parameter, SimpleSystemManagerBackend

if TYPE_CHECKING:
    from deploy.sandbox.aws.ec2 import SandboxEC2Backend

AMAZON_EKS, AMAZON_LINUX = "602401143452", "137112412989"
KUBERNETES_VERSIONS = tuple(f"1.{minor}" for minor in range(29, 37))
ARCHITECTURES = ("x86_64", "arm64")
ROOT_DEVICE = "/dev/xvda"
PUBLISHED = datetime(2026, 1, 5, tzinfo=UTC)
EKS_PARAMETER = re.compile(
    r"/aws/service/eks/optimized-ami/(?P<version>1\.\d+)/(?P<family>[\w.-]+?)(?P<arm>-arm64)?"
    r"(?:/(?P<architecture>x86_64|arm64)/\w+)?/(?:recommended|latest)(?:/(?P<field>image_id|image_name))?"
)
LINUX_PARAMETER = re.compile(
    r"/aws/service/ami-amazon-linux-latest/al2023-ami-(?:minimal-)?kernel-[\w.]+-(?P<architecture>x86_64|arm64)"
)


def image_id(region: str, name: str) -> str:
    return "ami-0" + hashlib.sha256(f"{region}/{name}".encode()).hexdigest()[:16]


def node_image_name(version: str, architecture: str) -> str:
    return f"amazon-eks-node-al2023-{architecture}-standard-{version}"


def linux_image_name(architecture: str) -> str:
    return f"al2023-ami-{architecture}"


def publish_node_images(backend: "SandboxEC2Backend") -> None:
    """Make the public images that the parameters name exist in an account's region."""
    zone = backend.region_name + "a"
    for architecture in ARCHITECTURES:
        names = [(node_image_name(version, architecture), AMAZON_EKS) for version in KUBERNETES_VERSIONS]
        for name, owner in [*names, (linux_image_name(architecture), AMAZON_LINUX)]:
            ami_id = image_id(backend.region_name, name)
            backend.amis[ami_id] = Ami(
                backend,
                ami_id,
                name=name,
                description=name,
                owner_id=owner,
                owner_alias="amazon",
                public=True,
                virtualization_type="hvm",
                architecture=architecture,
                hypervisor="xen",
                root_device_type="ebs",
                root_device_name=ROOT_DEVICE,
                region_name=zone,
            )


def public_parameter(region: str, name: str) -> str | None:
    """Value of AWS's public parameter, None where there is no such one."""
    if linux := LINUX_PARAMETER.fullmatch(name):
        return image_id(region, linux_image_name(linux["architecture"]))
    node = EKS_PARAMETER.fullmatch(name)
    if node is None or node["version"] not in KUBERNETES_VERSIONS:
        return None
    architecture = node["architecture"] or ("arm64" if node["arm"] else "x86_64")
    image_name = node_image_name(node["version"], architecture)
    if node["field"] == "image_name":
        return image_name
    if node["field"] == "image_id":
        return image_id(region, image_name)
    return f'{{"image_id": "{image_id(region, image_name)}", "image_name": "{image_name}"}}'


class PublicParameter(Parameter):
    """A parameter of AWS's own: not made by CloudFormation."""

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return False

    def is_created(self) -> bool:
        return True


class SandboxParameterBackend(SimpleSystemManagerBackend):
    """moto's Parameter Store that also knows the public image parameters."""

    # moto looks for a backend's URLs beside its module
    _url_module: ClassVar[Any] = ssm_urls

    def get_parameter(self, name: str) -> Parameter | None:
        value = public_parameter(self.region_name, name)
        if value is None:
            return super().get_parameter(name)
        return PublicParameter(
            account_id=self.account_id,
            name=name,
            value=value,
            parameter_type="String",
            description=None,
            allowed_pattern=None,
            keyid=None,
            last_modified_date=PUBLISHED,
            version=1,
            data_type="text",
        )

    def get_parameters(self, names: list[str]) -> dict[str, Parameter]:
        public = {
            name: self.get_parameter(name) for name in names if public_parameter(self.region_name, name)
        }
        own = super().get_parameters([name for name in names if name not in public])
        return own | {name: parameter for name, parameter in public.items() if parameter}
