"""What a cluster's page shows, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.urls import reverse

from apps.fleet.errors import KubeconfigInvalid
from apps.fleet.kube.kubeconfig import read_access
from apps.fleet.kube.permissions import VERSION, needed_in
from apps.fleet.models import Cluster, ConnectionTest, Instance, NodeTemplate, Policy
from apps.fleet.selectors.estimates import estimate_of
from apps.fleet.selectors.rights import rights_of
from apps.fleet.services.giving_back import preview
from apps.fleet.statuses import (
    AccessKind,
    ConnectionTestState,
    InstanceState,
    ManagedBy,
    Mode,
    OperationKind,
)
from atharva.web.frame import Crumb
from atharva.web.tones import Tone

from .cluster_steps import ICONS, SENTENCES, TONES, trust_steps
from .clusters import Fact
from .stays import why
from .words import counted

MOVES_SHOWN = 8
ACCESS = {
    AccessKind.EKS: "EKS, by the account's role",
    AccessKind.KUBECONFIG: "Kubeconfig, kept encrypted",
}


@dataclass(frozen=True, slots=True)
class StateLine:
    """How the cluster is, in a sentence with its tone."""

    tone: Tone
    icon: str
    label: str
    sentence: str


@dataclass(frozen=True, slots=True)
class TemplateView:
    """A node template with AWS's verdict on it."""

    row: NodeTemplate
    tone: Tone
    icon: str
    label: str
    profile: str
    groups: str
    subnets: Sequence[Fact]
    metadata: str


def cluster_context(cluster: Cluster) -> dict[str, object]:
    """Everything that the page and its body show."""
    policy = Policy.objects.filter(cluster=cluster).first() or Policy(cluster=cluster)
    nodes = nodes_of(cluster)
    estimate = estimate_of(cluster)
    test = cluster.tests.first()
    steps = trust_steps(cluster, policy, nodes, estimate)
    return {
        "page_title": cluster.name,
        "crumbs": [
            Crumb("Connections", reverse("fleet:connections", args=[cluster.client_id])),
            Crumb(cluster.name),
        ],
        "client": cluster.client,
        "cluster": cluster,
        "state": state_line(cluster, Mode(policy.mode)),
        "nodes": nodes,
        "steps": steps,
        "next_mode": next((step.mode for step in steps if step.state == "todo"), None),
        "estimate": estimate,
        "moves": estimate.moves[:MOVES_SHOWN] if estimate else [],
        "stays": [Fact(why(stay), counted(stay.nodes, "node")) for stay in estimate.stays]
        if estimate
        else [],
        "connection": connection_facts(cluster, test),
        "test": test,
        "enough_for": enough_for(test),
        "rights": rights_of(cluster),
        "templates": [template_view(row) for row in cluster.templates.all()],
        "leaving": cluster.operations.filter(kind=OperationKind.GIVE_BACK).first(),
        "giving_back": None if cluster.left_at else preview(cluster),
        "karpenter": living(cluster).filter(managed_by=ManagedBy.KARPENTER).count(),
    }


def living(cluster: Cluster) -> QuerySet[Instance]:
    return cluster.instances.exclude(state=InstanceState.TERMINATED)


def nodes_of(cluster: Cluster) -> int:
    """How many nodes it has now."""
    return living(cluster).exclude(node_name="").count()


def state_line(cluster: Cluster, mode: Mode) -> StateLine:
    """What is first to know of the cluster."""
    if cluster.left_at is not None:
        return StateLine(Tone.MUTED, "door-open", "Given back", "It is neither watched nor decided any more.")
    if cluster.problem:
        return StateLine(Tone.CRITICAL, "octagon-alert", "Not reachable", cluster.problem)
    return StateLine(TONES[mode], ICONS[mode], mode.label, SENTENCES[mode])


def connection_facts(cluster: Cluster, test: ConnectionTest | None) -> list[Fact]:
    """How the cluster is reached: never the credentials."""
    kind = AccessKind(cluster.access)
    facts = [
        Fact(
            "Access", "EKS, by the account's role" if kind == AccessKind.EKS else "Kubeconfig, kept encrypted"
        ),
        Fact("API", host_of(cluster)),
        Fact("Region", cluster.region),
        Fact("Account", cluster.account.name),
    ]
    if version := version_in(test):
        facts.insert(2, Fact("Version", version))
    return facts


def host_of(cluster: Cluster) -> str:
    """Where its API is, without what is secret in the address."""
    server = cluster.endpoint
    if cluster.access == AccessKind.KUBECONFIG:
        try:
            server = read_access(cluster.kubeconfig, cluster=cluster.name).server
        except KubeconfigInvalid:
            return "unknown: its kubeconfig cannot be read"
    parts = urlsplit(server)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def version_in(test: ConnectionTest | None) -> str:
    """The version of Kubernetes that a test met; empty where it met none."""
    for finding in test.findings if test else ():
        if finding["permission"] == f"get {VERSION}" and finding["ok"]:
            return str(finding["detail"])
    return ""


def enough_for(test: ConnectionTest | None) -> str:
    """What the rights that a test found are enough for, in a sentence; empty without a finished test."""
    if test is None or not ConnectionTestState(test.state).is_final or test.problem:
        return ""
    missing = set(test.missing)
    lacking = {mode: [verb.name for verb in needed_in(mode) if verb.name in missing] for mode in Mode}
    if lacking[Mode.OBSERVE]:
        return f"Not enough to observe: it lacks {', '.join(lacking[Mode.OBSERVE])}."
    if lacking[Mode.ACTIVE]:
        return f"Enough to observe and for the dry run; active lacks {', '.join(lacking[Mode.ACTIVE])}."
    return "Every right that the platform needs is there."


def template_view(row: NodeTemplate) -> TemplateView:
    """A node template as the page writes it."""
    if row.problem:
        tone, icon, label = Tone.CRITICAL, "octagon-alert", "Cannot be launched"
    elif row.checked_at:
        tone, icon, label = Tone.OK, "circle-check", "AWS would launch it"
    else:
        tone, icon, label = Tone.MUTED, "circle-dashed", "Not checked yet"
    return TemplateView(
        row=row,
        tone=tone,
        icon=icon,
        label=label,
        profile=row.instance_profile_arn.rpartition("/")[2] or "none",
        groups=", ".join(row.security_group_ids) or "none",
        subnets=[Fact(zone, subnet) for zone, subnet in sorted(row.subnet_by_zone.items())],
        metadata=", ".join(f"{name} {value}" for name, value in row.metadata_options.items())
        or "AWS's defaults",
    )
