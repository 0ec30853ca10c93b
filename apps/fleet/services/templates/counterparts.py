"""On EKS, a node template for the architecture that no node of the cluster has.

Everything is as in the template that the nodes gave, but the image: AWS publishes the same one for the other
architecture under a public parameter.
"""

import structlog
from django.utils import timezone

from apps.fleet.cloud import Cloud
from apps.fleet.errors import ImageMissing
from apps.fleet.kube import kube_of
from apps.fleet.models import Cluster, NodeTemplate
from atharva.api.problems import Problem

from .images import BOOTSTRAP, OTHER, amazon_linux_2, parameter_like

log = structlog.get_logger(__name__)

SOURCE = "public parameter "
# What an instance is launched with, its image apart.
ALIKE = (
    "user_data",
    "instance_profile_arn",
    "security_group_ids",
    "subnet_by_zone",
    "block_devices",
    "metadata_options",
    "tags",
)


def offer_counterpart(cluster: Cluster, cloud: Cloud) -> NodeTemplate | None:
    """Bring the template of the other architecture up to date; None where there is none to offer.

    A cluster has none where its nodes have both architectures, a person edited the other's, or AWS publishes
    no such image. Where AWS or the cluster cannot be asked, what is there stays.
    """
    templates = list(NodeTemplate.objects.filter(cluster=cluster))
    bases = [template for template in templates if template.edited or not is_counterpart(template)]
    if len(bases) != 1:
        return None
    [base] = bases
    try:
        parameter = _parameter(cluster, cloud, base)
        image = cloud.public_image(parameter) if parameter else ""
    except ImageMissing:
        image = ""
    except Problem as trouble:
        log.warning("counterpart_unknown", cluster=cluster.name, why=trouble.sentence)
        return None
    if not image:
        cluster.templates.filter(architecture=OTHER[base.architecture], edited=False).delete()
        return None
    return _store(base, image, parameter)


def is_counterpart(template: NodeTemplate) -> bool:
    """Whether the template was made here, not read from a node."""
    return template.source.startswith(SOURCE)


def _parameter(cluster: Cluster, cloud: Cloud, base: NodeTemplate) -> str:
    """Where AWS names the other architecture's image; empty where the nodes are not EKS's."""
    other = OTHER[base.architecture]
    if parameter := parameter_like(cloud.published_image_name(base.image_id), other):
        return parameter
    if BOOTSTRAP in base.user_data:
        # An image of the tenant's own, made from EKS's: it does not tell the version, the cluster does.
        return amazon_linux_2(kube_of(cluster).version(), other)
    return ""


def _store(base: NodeTemplate, image: str, parameter: str) -> NodeTemplate:
    template, _ = NodeTemplate.objects.update_or_create(
        cluster=base.cluster,
        architecture=OTHER[base.architecture],
        defaults={
            **{name: getattr(base, name) for name in ALIKE},
            "image_id": image,
            "source": f"{SOURCE}{parameter}, the rest as {base.architecture}",
            "read_at": timezone.now(),
        },
    )
    return template
