"""The images of EKS's nodes: from one architecture's to the other's. Pure: names in, names out."""

import re

OTHER = {"amd64": "arm64", "arm64": "amd64"}
AWS_NAMES = {"amd64": "x86_64", "arm64": "arm64"}
# Beside it stands the date of the build; of the other architecture the newest is taken.
AMAZON_LINUX_2023 = re.compile(
    r"amazon-eks-node-al2023-(?:x86_64|arm64)-(?P<variant>[a-z]+)-(?P<version>1\.\d+)\b.*"
)
AMAZON_LINUX_2 = re.compile(r"amazon-eks-(?:arm64-)?node-(?P<version>1\.\d+)\b.*")
PARAMETER = "/aws/service/eks/optimized-ami/{version}/{family}/recommended/image_id"
# Only the images of Amazon Linux 2 have it; those of 2023 begin with nodeadm.
BOOTSTRAP = "/etc/eks/bootstrap.sh"


def parameter_like(image_name: str, architecture: str) -> str:
    """The public parameter of the image like `image_name` for `architecture`; empty where it is not EKS's."""
    if found := AMAZON_LINUX_2023.fullmatch(image_name):
        family = f"amazon-linux-2023/{AWS_NAMES[architecture]}/{found['variant']}"
        return PARAMETER.format(version=found["version"], family=family)
    if found := AMAZON_LINUX_2.fullmatch(image_name):
        return amazon_linux_2(found["version"], architecture)
    return ""


def amazon_linux_2(version: str, architecture: str) -> str:
    """The public parameter of Amazon Linux 2 for that version of Kubernetes."""
    family = "amazon-linux-2-arm64" if architecture == "arm64" else "amazon-linux-2"
    return PARAMETER.format(version=version, family=family)
