"""The fields of the API's objects that we read, as they come over the wire; everything else is skipped."""

from datetime import datetime
from typing import Any

import msgspec


class Wire(msgspec.Struct, rename="camel", gc=False, frozen=True):
    """A part of an API object. Absent fields take their default."""


class OwnerReference(Wire, frozen=True):
    kind: str
    name: str
    controller: bool | None = None


class Metadata(Wire, frozen=True):
    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    owner_references: list[OwnerReference] | None = None


class Condition(Wire, frozen=True):
    type: str
    status: str
    reason: str | None = None
    message: str | None = None
    last_transition_time: datetime | None = None


class ServerVersion(Wire, frozen=True):
    # A provider may add to the number: "34+".
    major: str
    minor: str


# ------------------------------------------------------------------------ nodes


class WireTaint(Wire, frozen=True):
    key: str
    effect: str
    value: str | None = None


class NodeSpec(Wire, frozen=True):
    provider_id: str = msgspec.field(name="providerID", default="")
    unschedulable: bool | None = None
    taints: list[WireTaint] | None = None


class NodeStatus(Wire, frozen=True):
    allocatable: dict[str, str] | None = None
    conditions: list[Condition] | None = None


class Node(Wire, frozen=True):
    metadata: Metadata
    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()


class RawTaints(Wire, frozen=True):
    """Taints with every field they have, so that writing them back loses none."""

    taints: list[dict[str, Any]] | None = None


class TaintedNode(Wire, frozen=True):
    metadata: Metadata
    spec: RawTaints = RawTaints()


# ------------------------------------------------------------------------- pods


class Resources(Wire, frozen=True):
    requests: dict[str, str] | None = None


class Port(Wire, frozen=True):
    host_port: int | None = None
    protocol: str | None = None


class Container(Wire, frozen=True):
    resources: Resources | None = None
    restart_policy: str | None = None
    ports: list[Port] | None = None


class Expression(Wire, frozen=True):
    key: str
    operator: str
    values: list[str] | None = None


class NodeSelectorTerm(Wire, frozen=True):
    match_expressions: list[Expression] | None = None
    match_fields: list[Expression] | None = None


class NodeSelector(Wire, frozen=True):
    node_selector_terms: list[NodeSelectorTerm] | None = None


class NodeAffinity(Wire, frozen=True):
    required: NodeSelector | None = msgspec.field(
        name="requiredDuringSchedulingIgnoredDuringExecution", default=None
    )


class LabelSelector(Wire, frozen=True):
    match_labels: dict[str, str] | None = None
    match_expressions: list[Expression] | None = None


class PodAffinityTerm(Wire, frozen=True):
    topology_key: str
    label_selector: LabelSelector | None = None
    namespaces: list[str] | None = None
    namespace_selector: LabelSelector | None = None
    match_label_keys: list[str] | None = None
    mismatch_label_keys: list[str] | None = None


class PodAffinity(Wire, frozen=True):
    required: list[PodAffinityTerm] | None = msgspec.field(
        name="requiredDuringSchedulingIgnoredDuringExecution", default=None
    )


class Affinity(Wire, frozen=True):
    node_affinity: NodeAffinity | None = None
    pod_affinity: PodAffinity | None = None
    pod_anti_affinity: PodAffinity | None = None


class Toleration(Wire, frozen=True):
    key: str | None = None
    operator: str | None = None
    value: str | None = None
    effect: str | None = None


class Spread(Wire, frozen=True):
    topology_key: str
    max_skew: int
    when_unsatisfiable: str
    label_selector: LabelSelector | None = None
    match_label_keys: list[str] | None = None
    min_domains: int | None = None
    node_affinity_policy: str | None = None
    node_taints_policy: str | None = None


class Gate(Wire, frozen=True):
    name: str


class ClaimSource(Wire, frozen=True):
    claim_name: str


class ClaimTemplate(Wire, frozen=True):
    """A generic ephemeral volume: its claim is called after the pod and the volume."""


class Volume(Wire, frozen=True):
    name: str
    persistent_volume_claim: ClaimSource | None = None
    ephemeral: ClaimTemplate | None = None


class PodSpec(Wire, frozen=True):
    """What is the same in all pods of a template stays raw: it is read once for all of them."""

    node_name: str = ""
    scheduler_name: str = ""
    scheduling_gates: list[Gate] | None = None
    node_selector: msgspec.Raw = msgspec.Raw()
    affinity: msgspec.Raw = msgspec.Raw()
    tolerations: msgspec.Raw = msgspec.Raw()
    topology_spread_constraints: msgspec.Raw = msgspec.Raw()
    volumes: list[Volume] | None = None
    containers: list[Container] | None = None
    init_containers: list[Container] | None = None
    overhead: dict[str, str] | None = None
    resources: Resources | None = None
    termination_grace_period_seconds: int | None = None


class PodStatus(Wire, frozen=True):
    phase: str = ""
    start_time: datetime | None = None
    conditions: list[Condition] | None = None
    nominated_node_name: str | None = None


class Pod(Wire, frozen=True):
    metadata: Metadata
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()


# ------------------------------------------------------------------- volumes


class ClaimSpec(Wire, frozen=True):
    volume_name: str = ""


class Claim(Wire, frozen=True):
    metadata: Metadata
    spec: ClaimSpec = ClaimSpec()


class VolumeAffinity(Wire, frozen=True):
    required: NodeSelector | None = None


class PersistentVolumeSpec(Wire, frozen=True):
    node_affinity: VolumeAffinity | None = None


class PersistentVolume(Wire, frozen=True):
    metadata: Metadata
    spec: PersistentVolumeSpec = PersistentVolumeSpec()


# --------------------------------------------------------- budgets and owners


class BudgetSpec(Wire, frozen=True):
    selector: dict[str, Any] | None = None


class BudgetStatus(Wire, frozen=True):
    observed_generation: int = 0
    disruptions_allowed: int | None = None
    current_healthy: int = 0
    desired_healthy: int = 0
    expected_pods: int = 0


class Budget(Wire, frozen=True):
    metadata: Metadata
    spec: BudgetSpec = BudgetSpec()
    status: BudgetStatus | None = None


class ScaledSpec(Wire, frozen=True):
    replicas: int | None = None
    # A Job's
    parallelism: int | None = None
    completions: int | None = None
    suspend: bool | None = None


class ScaledStatus(Wire, frozen=True):
    ready_replicas: int | None = None
    # A Job's
    ready: int | None = None
    succeeded: int | None = None
    conditions: list[Condition] | None = None


class Scaled(Wire, frozen=True):
    metadata: Metadata
    spec: ScaledSpec = ScaledSpec()
    status: ScaledStatus = ScaledStatus()


class AttachmentSpec(Wire, frozen=True):
    node_name: str = ""


class Attachment(Wire, frozen=True):
    spec: AttachmentSpec


class Verdict(Wire, frozen=True):
    allowed: bool = False


class AccessReview(Wire, frozen=True):
    status: Verdict = Verdict()


# ------------------------------------------------------------- around objects


class ListMetadata(Wire, frozen=True):
    resource_version: str = ""
    continue_: str = msgspec.field(name="continue", default="")


class WatchLine(Wire, frozen=True):
    type: str
    object: msgspec.Raw


class Cause(Wire, frozen=True):
    reason: str = ""
    message: str = ""


class StatusDetails(Wire, frozen=True):
    causes: list[Cause] | None = None
    retry_after_seconds: int = 0


class Status(Wire, frozen=True):
    """What the API answers when it refuses."""

    code: int = 0
    reason: str = ""
    message: str = ""
    details: StatusDetails | None = None
