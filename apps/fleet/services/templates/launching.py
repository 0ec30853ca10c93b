"""From pools to a request that a cloud understands."""

from collections.abc import Mapping, Sequence

from apps.fleet.belonging import ownership
from apps.fleet.cloud.port import LaunchRequest, Offer
from apps.fleet.errors import TemplateInvalid
from apps.fleet.models import Cluster, Pool

from .keeping import template_for


def launch_request(
    cluster: Cluster, architecture: str, pools: Sequence[Pool], tags: Mapping[str, str]
) -> LaunchRequest:
    """One instance from one of `pools`; those in zones where the cluster has no subnet are left out.

    Raises NoTemplate, TemplateInvalid (also where no pool is left), and what the cloud raises.
    """
    template = template_for(cluster, architecture)
    subnets = template.subnet_by_zone
    offers = tuple(
        Offer(pool.instance_type_id, pool.zone, subnets[pool.zone], pool.lifecycle)
        for pool in pools
        if pool.zone in subnets
    )
    if not offers:
        zones = ", ".join(sorted({pool.zone for pool in pools}))
        raise TemplateInvalid(aws_code="NoSubnet", why=f"it names no subnet in {zones}")
    return LaunchRequest(
        launch_template_id=template.launch_template_id,
        launch_template_version=template.launch_template_version,
        offers=offers,
        tags={**tags, **ownership(cluster.name)},
    )
