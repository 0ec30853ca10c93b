"""The ends of it: moves run out, nodes that stay become the tenant's own, and our traces go."""

from datetime import datetime, timedelta

from django.db import transaction

from apps.accounts.services import audit
from apps.fleet.belonging import OUR_TAGS
from apps.fleet.cloud import cloud_of
from apps.fleet.errors import InstanceMissing
from apps.fleet.kube import kube_of
from apps.fleet.kube.port import DISRUPTION_TAINT
from apps.fleet.models import Cluster, Ended, Instance, ItemOutcome, OperationItem, Wait
from apps.fleet.services import ledger
from apps.fleet.services.switching import returning
from apps.fleet.statuses import InstanceState, ItemState, ManagedBy

from .planning import add_what_is_left, under_way, unfinished
from .steps import GROUPS, HANDED_OVER, MOVES_UNDER_WAY, OUR_NODES

POLL = timedelta(seconds=5)


def wait_for_moves(item: OperationItem, cluster: Cluster, now: datetime) -> ItemOutcome:
    """Nothing new begins; once what is under way has ended it is known which nodes are ours."""
    if moves := under_way(cluster):
        return Wait(POLL, f"{moves} moves are still under way")
    add_what_is_left(item.operation, cluster)
    return Ended(ItemState.DONE, "No move is under way")


def hand_over(item: OperationItem, cluster: Cluster, now: datetime) -> ItemOutcome:
    """The instance stays as the tenant's own: our tags go, and nobody here looks after it any more."""
    row = Instance.objects.get(ec2_id=item.target)
    if row.state == InstanceState.TERMINATED:
        return Ended(ItemState.SKIPPED, f"{item.target} is gone")
    try:
        cloud_of(cluster).untag(item.target, OUR_TAGS)
    except InstanceMissing:
        return Ended(ItemState.SKIPPED, f"{item.target} is gone")
    row.tags = {key: value for key, value in row.tags.items() if key not in OUR_TAGS}
    row.managed_by = ManagedBy.NOBODY
    row.save(update_fields=["tags", "managed_by"])
    return Ended(ItemState.DONE, f"{item.target} stays and is the tenant's own")


def clean_up(item: OperationItem, cluster: Cluster, now: datetime) -> ItemOutcome:
    """Remove taints and launch templates, forget the credentials; from then on the cluster is left."""
    if left := unfinished(item, MOVES_UNDER_WAY, GROUPS, OUR_NODES, HANDED_OVER):
        return Wait(POLL, f"{left} others come first")
    undone = item.operation.items.filter(state__in=(ItemState.FAILED, ItemState.CANCELLED))
    if kept := undone.exclude(pk=item.pk).count():
        return Ended(ItemState.FAILED, f"Not left yet: {kept} of the others failed or were cancelled")
    # A replacement that was being launched when all this began may have joined since.
    if moves := under_way(cluster):
        return Wait(POLL, f"{moves} moves are still under way")
    if added := add_what_is_left(item.operation, cluster):
        return Wait(POLL, f"{added} more came meanwhile")
    _reopen_nodes(cluster)
    _remove_launch_templates(cluster)
    leave(cluster, now)
    return Ended(ItemState.DONE, f"Nothing of ours is left in {cluster.name}")


@transaction.atomic
def leave(cluster: Cluster, now: datetime) -> None:
    """Close the ledger, forget how the cluster is reached, and stop watching it."""
    living = Instance.objects.filter(cluster=cluster).exclude(state=InstanceState.TERMINATED)
    ledger.write(list(living.select_related("cluster")), now)
    living.update(
        cluster=None, node_name="", node_ready=False, node_cordoned=False, managed_by=ManagedBy.NOBODY
    )
    cluster.templates.all().delete()
    cluster.groups.update(cluster=None)
    cluster.left_at = now
    cluster.kubeconfig = cluster.endpoint = cluster.certificate_authority = cluster.problem = ""
    cluster.save()
    audit.record("cluster_left", target=cluster, by=None, client=cluster.client)


def _reopen_nodes(cluster: Cluster) -> None:
    kube = kube_of(cluster)
    nodes, _ = kube.nodes()
    for node in nodes:
        if any(taint.key == DISRUPTION_TAINT for taint in node.taints):
            returning.reopen(kube, node.name)


def _remove_launch_templates(cluster: Cluster) -> None:
    cloud = cloud_of(cluster)
    for template in cluster.templates.exclude(launch_template_id=""):
        cloud.delete_launch_template(template.launch_template_id)
