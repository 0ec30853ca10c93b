"""Every status of the fleet with its word and tone; API, pages, sockets and admin read them here."""

from django.db import models

from atharva.web.tones import Tone


class Lifecycle(models.TextChoices):
    SPOT = "spot", "Spot"
    ON_DEMAND = "on_demand", "On-demand"


class InstanceState(models.TextChoices):
    PENDING = "pending", "Pending"
    RUNNING = "running", "Running"
    DRAINING = "draining", "Draining"
    TERMINATED = "terminated", "Terminated"


class ManagedBy(models.TextChoices):
    ATHARVA = "atharva", "Atharva"
    GROUP = "group", "Auto Scaling group"
    KARPENTER = "karpenter", "Karpenter"
    NOBODY = "nobody", "Nobody"


class Mode(models.TextChoices):
    OBSERVE = "observe", "Observe"
    DRY_RUN = "dry_run", "Dry run"
    ACTIVE = "active", "Active"


class Placement(models.TextChoices):
    """Who places pods that no node takes (domain.md, Launching what really joins).

    AUTO is SCHEDULER where no other autoscaler runs in the cluster, and OFF where one does.
    """

    AUTO = "auto", "Unless another autoscaler runs"
    OFF = "off", "Off"
    SCHEDULER = "scheduler", "Buy nodes, the scheduler places"
    BIND = "bind", "Buy nodes and bind pods"


class Rebalance(models.TextChoices):
    """How a rebalance recommendation is taken (controls.md, Signals and memory)."""

    IGNORE = "ignore", "Ignore"
    WEIGH = "weigh", "Weigh as evidence"
    ACT = "act", "Move at once"


class LaunchState(models.TextChoices):
    """A node that is bought for pods, from the plan to the node that carries them."""

    PLANNED = "planned", "Planned"
    LAUNCHING = "launching", "Launching"
    JOINING = "joining", "Joining"
    BINDING = "binding", "Binding pods"
    READY = "ready", "Ready"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"

    @property
    def tone(self) -> Tone:
        return LAUNCH_TONES[self]

    @property
    def is_final(self) -> bool:
        return self in (LaunchState.READY, LaunchState.CANCELLED, LaunchState.FAILED)


LAUNCH_TONES: dict[LaunchState, Tone] = {
    LaunchState.PLANNED: Tone.MUTED,
    LaunchState.LAUNCHING: Tone.INFO,
    LaunchState.JOINING: Tone.INFO,
    LaunchState.BINDING: Tone.INFO,
    LaunchState.READY: Tone.OK,
    LaunchState.CANCELLED: Tone.MUTED,
    LaunchState.FAILED: Tone.CRITICAL,
}


class AccessKind(models.TextChoices):
    """How a cluster's API is reached."""

    KUBECONFIG = "kubeconfig", "Kubeconfig"
    EKS = "eks", "EKS"


class ConnectionTestState(models.TextChoices):
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Trying"
    DONE = "done", "Tried"

    @property
    def is_final(self) -> bool:
        return self is ConnectionTestState.DONE


class DisruptionKind(models.TextChoices):
    """Why a node is disturbed (controls.md). Budgets and the history name the kind."""

    INTERRUPTION = "interruption", "Interruption"
    RISK = "risk", "Risk"
    COST = "cost", "Cost"
    CONSOLIDATION = "consolidation", "Consolidation"

    @property
    def is_voluntary(self) -> bool:
        return self is not DisruptionKind.INTERRUPTION


class SwitchState(models.TextChoices):
    SUGGESTED = "suggested", "Suggested"
    PREPARING = "preparing", "Preparing"
    SWITCHING = "switching", "Switching"
    VERIFYING = "verifying", "Verifying"
    COMPLETE = "complete", "Complete"
    ROLLING_BACK = "rolling_back", "Rolling back"
    ROLLED_BACK = "rolled_back", "Rolled back"
    FAILED = "failed", "Needs a person"

    @property
    def tone(self) -> Tone:
        return SWITCH_TONES[self]

    @property
    def follows(self) -> "frozenset[SwitchState]":
        """The states that may come next."""
        return SWITCH_FOLLOWS[self]

    @property
    def is_final(self) -> bool:
        """Whether entering the state ends the switch; `complete` ends once the old instance is gone."""
        return self in (SwitchState.ROLLED_BACK, SwitchState.FAILED)


S = SwitchState
SWITCH_FOLLOWS: dict[SwitchState, frozenset[SwitchState]] = {
    S.SUGGESTED: frozenset({S.PREPARING, S.SWITCHING, S.ROLLED_BACK}),
    S.PREPARING: frozenset({S.SWITCHING, S.ROLLING_BACK, S.FAILED}),
    S.SWITCHING: frozenset({S.VERIFYING, S.ROLLING_BACK, S.FAILED}),
    S.VERIFYING: frozenset({S.COMPLETE, S.ROLLING_BACK, S.FAILED}),
    S.ROLLING_BACK: frozenset({S.ROLLED_BACK, S.FAILED}),
    S.COMPLETE: frozenset({S.FAILED}),
    S.ROLLED_BACK: frozenset(),
    S.FAILED: frozenset(),
}
SWITCH_TONES: dict[SwitchState, Tone] = {
    S.SUGGESTED: Tone.MUTED,
    S.PREPARING: Tone.INFO,
    S.SWITCHING: Tone.INFO,
    S.VERIFYING: Tone.INFO,
    S.COMPLETE: Tone.OK,
    S.ROLLING_BACK: Tone.RISK,
    S.ROLLED_BACK: Tone.RISK,
    S.FAILED: Tone.CRITICAL,
}
del S


class OperationKind(models.TextChoices):
    GIVE_BACK = "give_back", "Give a cluster back"


class OperationStatus(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Succeeded"
    PARTIALLY_FAILED = "partially_failed", "Partly failed"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"

    @property
    def tone(self) -> Tone:
        return OPERATION_TONES[self]

    @property
    def is_final(self) -> bool:
        return self not in (OperationStatus.QUEUED, OperationStatus.RUNNING)


OPERATION_TONES: dict[OperationStatus, Tone] = {
    OperationStatus.QUEUED: Tone.MUTED,
    OperationStatus.RUNNING: Tone.INFO,
    OperationStatus.SUCCEEDED: Tone.OK,
    OperationStatus.PARTIALLY_FAILED: Tone.RISK,
    OperationStatus.FAILED: Tone.CRITICAL,
    OperationStatus.CANCELLED: Tone.MUTED,
}


class ItemState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    SKIPPED = "skipped", "Skipped"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"

    @property
    def tone(self) -> Tone:
        return ITEM_TONES[self]

    @property
    def is_final(self) -> bool:
        return self not in (ItemState.WAITING, ItemState.RUNNING)


ITEM_TONES: dict[ItemState, Tone] = {
    ItemState.WAITING: Tone.MUTED,
    ItemState.RUNNING: Tone.INFO,
    ItemState.DONE: Tone.OK,
    ItemState.SKIPPED: Tone.RISK,
    ItemState.FAILED: Tone.CRITICAL,
    ItemState.CANCELLED: Tone.MUTED,
}


class NoticeKind(models.TextChoices):
    """What a notice tells; `rebalance` and `termination` are the words of row 2.3."""

    REBALANCE = "rebalance", "Rebalance recommendation"
    TERMINATION = "termination", "Interruption"
    HEALTH = "health", "AWS Health event"
    SWITCH = "switch", "Switch"


class CloudEventState(models.TextChoices):
    RECEIVED = "received", "Received"
    HANDLED = "handled", "Handled"
    FOREIGN = "foreign", "Foreign"
    DEAD = "dead", "Dead letter"
