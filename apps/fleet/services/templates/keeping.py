"""The platform's own launch templates, which CreateFleet wants: one per cluster and architecture."""

import hashlib
import json
import re
from dataclasses import asdict

from apps.fleet.cloud import Cloud, cloud_of
from apps.fleet.cloud.port import LaunchSpec
from apps.fleet.errors import NoTemplate
from apps.fleet.models import Cluster, NodeTemplate

NOT_IN_A_NAME = re.compile(r"[^a-zA-Z0-9().\-/_]")
LONGEST_NAME = 128


def template_for(cluster: Cluster, architecture: str) -> NodeTemplate:
    """The cluster's node template, its launch template up to date; AWS is asked only when it changed.

    Raises NoTemplate, TemplateInvalid, and what the cloud raises.
    """
    template = NodeTemplate.objects.filter(cluster=cluster, architecture=architecture).first()
    if template is None:
        raise NoTemplate(cluster=cluster.name, architecture=architecture)
    if not template.launch_template_id or template.fingerprint != fingerprint(spec_of(template)):
        _ensure(cluster, cloud_of(cluster), template)
    return template


def launch_template_of(cluster: Cluster, architecture: str) -> tuple[str, str]:
    """Id and version of the platform's own launch template. Raises as `template_for`."""
    template = template_for(cluster, architecture)
    return template.launch_template_id, template.launch_template_version


def keep_launch_templates(cluster: Cluster, cloud: Cloud) -> None:
    """Put back what somebody deleted, of those launch templates that the platform already launches from."""
    for template in NodeTemplate.objects.filter(cluster=cluster).exclude(launch_template_id=""):
        _ensure(cluster, cloud, template)


def spec_of(template: NodeTemplate) -> LaunchSpec:
    """A node template in the port's words."""
    return LaunchSpec(
        image_id=template.image_id,
        user_data=template.user_data,
        instance_profile_arn=template.instance_profile_arn,
        security_group_ids=tuple(template.security_group_ids),
        block_devices=tuple(template.block_devices),
        metadata_options=template.metadata_options,
        tags=template.tags,
    )


def fingerprint(spec: LaunchSpec) -> str:
    """The same for the same content."""
    return hashlib.sha256(json.dumps(asdict(spec), sort_keys=True).encode()).hexdigest()


def _ensure(cluster: Cluster, cloud: Cloud, template: NodeTemplate) -> None:
    spec = spec_of(template)
    name = f"atharva-{NOT_IN_A_NAME.sub('-', cluster.name)}-{template.architecture}"[-LONGEST_NAME:]
    found = cloud.ensure_launch_template(name, spec, owner=str(cluster.account_id))
    template.launch_template_id, template.launch_template_version = found
    template.fingerprint = fingerprint(spec)
    template.save(update_fields=["launch_template_id", "launch_template_version", "fingerprint"])
