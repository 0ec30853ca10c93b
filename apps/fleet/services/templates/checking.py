"""Asking AWS whether a cluster's templates could be launched, without launching."""

from django.utils import timezone

from apps.fleet.belonging import ownership
from apps.fleet.cloud import cloud_of
from apps.fleet.cloud.port import LaunchRequest, Offer
from apps.fleet.errors import TemplateInvalid
from apps.fleet.models import Cluster, InstanceType, NodeTemplate
from apps.fleet.statuses import Lifecycle
from atharva.api.problems import Problem

from .keeping import template_for


def check_templates(cluster: Cluster) -> list[NodeTemplate]:
    """The cluster's templates, each tried with DryRun; `problem` says why one cannot be launched."""
    templates = []
    for architecture in cluster.templates.values_list("architecture", flat=True):
        problem = _trouble(cluster, architecture)
        NodeTemplate.objects.filter(cluster=cluster, architecture=architecture).update(
            checked_at=timezone.now(), problem=problem
        )
        templates.append(cluster.templates.get(architecture=architecture))
    return templates


def _trouble(cluster: Cluster, architecture: str) -> str:
    try:
        cloud_of(cluster).try_launch(_trial(cluster, template_for(cluster, architecture)))
    except Problem as problem:
        return problem.sentence
    return ""


def _trial(cluster: Cluster, template: NodeTemplate) -> LaunchRequest:
    """One on-demand instance of a type that the cluster uses already, in any of its zones.

    Raises TemplateInvalid where there is no such thing.
    """
    types = InstanceType.objects.filter(architecture=template.architecture)
    chosen = types.filter(instances__cluster=cluster).first() or types.first()
    if chosen is None or not template.subnet_by_zone:
        raise TemplateInvalid(aws_code="NoSubnet", why="it names no subnet, or no type has its architecture")
    zone, subnet = min(template.subnet_by_zone.items())
    return LaunchRequest(
        launch_template_id=template.launch_template_id,
        launch_template_version=template.launch_template_version,
        offers=(Offer(chosen.name, zone, subnet, Lifecycle.ON_DEMAND),),
        tags=ownership(cluster.name),
    )
