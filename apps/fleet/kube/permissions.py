"""Every right that the adapter (`api.py`) needs in a cluster, why, and from which mode on."""

from dataclasses import dataclass

from ..statuses import Mode

STEPS = tuple(Mode)  # in the order of trust


@dataclass(frozen=True, slots=True)
class Verb:
    """One right in RBAC's words. `path` stands for an address that is no resource."""

    verb: str
    resource: str
    why: str
    group: str = ""
    subresource: str = ""
    path: str = ""
    needed_from: Mode = Mode.OBSERVE

    @property
    def target(self) -> str:
        """What it is a right to, as RBAC names it: `pods/eviction`."""
        return self.path or "/".join(part for part in (self.resource, self.subresource) if part)

    @property
    def name(self) -> str:
        """As the adapter's refusals name the call: `create pods/eviction`, `list pods.metrics.k8s.io`.

        The group is named where the core has a resource of that name too.
        """
        return f"{self.verb} {self.target}" + (f".{self.group}" if self.group == METRICS else "")


METRICS = "metrics.k8s.io"
APPS, BATCH, POLICY, STORAGE = "apps", "batch", "policy", "storage.k8s.io"
VERSION = "/version"
REVIEWS = "authorization.k8s.io"
OWNERS = "to see that the pods that moved are ready again"
VOLUMES = "to buy a pod's node in a zone that its volume can be reached from"

VERBS = (
    Verb("get", "", "to know its version", path=VERSION),
    Verb("create", "selfsubjectaccessreviews", "to ask which of these rights it has", group=REVIEWS),
    Verb("list", "nodes", "to know the nodes"),
    Verb("watch", "nodes", "to follow their changes"),
    Verb("get", "nodes", "to look at a node before it is judged"),
    Verb("list", "pods", "to know what the pods need, and which of them must stay"),
    Verb("watch", "pods", "to see at once that one finds no node"),
    Verb("list", "pods", "to advise what workloads should ask for", group=METRICS),
    Verb("list", "persistentvolumeclaims", VOLUMES),
    Verb("list", "persistentvolumes", VOLUMES),
    Verb("list", "poddisruptionbudgets", "to plan within every budget", group=POLICY),
    Verb("patch", "nodes", "to taint a node that leaves, and to take the taint off", needed_from=Mode.ACTIVE),
    Verb(
        "create",
        "pods",
        "to evict pods as their budgets allow",
        subresource="eviction",
        needed_from=Mode.ACTIVE,
    ),
    Verb(
        "create",
        "pods",
        "to bind pods to the nodes that were bought for them, where the policy says so",
        subresource="binding",
        needed_from=Mode.ACTIVE,
    ),
    Verb(
        "list",
        "volumeattachments",
        "to wait until a node's volumes are detached",
        group=STORAGE,
        needed_from=Mode.ACTIVE,
    ),
    Verb("get", "deployments", OWNERS, group=APPS, needed_from=Mode.ACTIVE),
    Verb("get", "replicasets", OWNERS, group=APPS, needed_from=Mode.ACTIVE),
    Verb("get", "statefulsets", OWNERS, group=APPS, needed_from=Mode.ACTIVE),
    Verb("get", "replicationcontrollers", OWNERS, needed_from=Mode.ACTIVE),
    Verb("get", "jobs", OWNERS, group=BATCH, needed_from=Mode.ACTIVE),
    Verb("delete", "nodes", "to remove a node whose machine is gone", needed_from=Mode.ACTIVE),
)
BY_NAME = {verb.name: verb for verb in VERBS}


def needed_in(mode: Mode) -> tuple[Verb, ...]:
    """The rights without which the platform cannot work in `mode`."""
    return tuple(verb for verb in VERBS if STEPS.index(verb.needed_from) <= STEPS.index(mode))
