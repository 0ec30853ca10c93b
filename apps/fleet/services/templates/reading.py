"""Learning node templates from the nodes that a cluster has."""

from django.db.models import Count, F
from django.utils import timezone

from apps.fleet.belonging import ownership
from apps.fleet.cloud import Cloud, cloud_of
from apps.fleet.cloud.port import LaunchSpec
from apps.fleet.errors import CloudRefused
from apps.fleet.models import Cluster, Instance, NodeTemplate
from apps.fleet.statuses import InstanceState, ManagedBy

from .counterparts import offer_counterpart
from .keeping import keep_launch_templates

# AWS's own tags cannot be set; the others would make the replacement look like another's, or like our last.
NOT_OURS_TO_SET = ("aws:", "atharva.ai/", "karpenter.sh/", "eks:nodegroup-name", "k8s.io/cluster-autoscaler/")


def read_templates(cluster: Cluster) -> list[NodeTemplate]:
    """Bring the cluster's node templates up to date from its nodes, one for each architecture they have.

    On EKS the other architecture gets one too, where AWS publishes an image for it (see `counterparts`).
    What a person edited stays, and so does a template whose last original node is gone. Raises what the
    cloud raises.
    """
    samples = _samples(cluster)
    cloud = cloud_of(cluster)
    edited = set(cluster.templates.filter(edited=True).values_list("architecture", flat=True))
    wanted = [sample for sample in samples if sample.instance_type.architecture not in edited]
    subnets = _subnet_by_zone(cluster, cloud) if wanted else {}
    read = [_read(cluster, cloud, sample, subnets) for sample in wanted]
    offered = offer_counterpart(cluster, cloud)
    keep_launch_templates(cluster, cloud)
    return [*read, offered] if offered else read


def _samples(cluster: Cluster) -> list[Instance]:
    """For each architecture a young node, a group's where there is one; not ours and not Karpenter's."""
    return list(
        Instance.objects.filter(cluster=cluster, managed_by__in=(ManagedBy.GROUP, ManagedBy.NOBODY))
        .exclude(state=InstanceState.TERMINATED)
        .select_related("instance_type", "group")
        .order_by("instance_type__architecture", F("group").asc(nulls_last=True), "-launched_at")
        .distinct("instance_type__architecture")
    )


def _read(cluster: Cluster, cloud: Cloud, sample: Instance, subnets: dict[str, str]) -> NodeTemplate:
    spec, source = _spec_of(cloud, sample)
    tags = {key: value for key, value in {**sample.tags, **spec.tags}.items() if _may_set(key)}
    template, _ = NodeTemplate.objects.update_or_create(
        cluster=cluster,
        architecture=sample.instance_type.architecture,
        defaults={
            "image_id": spec.image_id,
            "user_data": spec.user_data,
            "instance_profile_arn": spec.instance_profile_arn,
            "security_group_ids": list(spec.security_group_ids),
            "subnet_by_zone": subnets,
            "block_devices": list(spec.block_devices),
            "metadata_options": dict(spec.metadata_options),
            "tags": {**tags, **ownership(cluster.name)},
            "source": source,
            "read_at": timezone.now(),
        },
    )
    return template


def _spec_of(cloud: Cloud, sample: Instance) -> tuple[LaunchSpec, str]:
    """What the sample was launched with, and where that was read."""
    group = sample.group
    if group is not None and group.launch_template_id:
        template, version = group.launch_template_id, group.launch_template_version
        try:
            spec = cloud.launch_spec(template, version)
        except CloudRefused as refused:
            if "NotFound" not in str(refused.details["aws_code"]):
                raise
        else:
            # A template may leave the image to whoever launches from it; the node knows.
            if spec.image_id:
                return spec, f"launch template {template} {version} of group {group.name}"
    return cloud.launch_spec_of_instance(sample.ec2_id), f"instance {sample.ec2_id}"


def _subnet_by_zone(cluster: Cluster, cloud: Cloud) -> dict[str, str]:
    """A subnet for each zone: the one with most nodes, else one that a group of the cluster names."""
    living = cluster.instances.exclude(state=InstanceState.TERMINATED).exclude(subnet_id="")
    by_use = (
        living.values_list("zone", "subnet_id").annotate(nodes=Count("pk")).order_by("nodes", "subnet_id")
    )
    most_used = {zone: subnet for zone, subnet, _ in by_use}
    named = {subnet for ids in cluster.groups.values_list("subnet_ids", flat=True) for subnet in ids}
    by_groups = {zone: subnet for subnet, zone in sorted(cloud.subnets(named).items(), reverse=True)}
    return by_groups | most_used


def _may_set(tag: str) -> bool:
    return not tag.startswith(NOT_OURS_TO_SET)
