"""What there is in the world, as data. Nothing here knows how it is made."""

from collections.abc import Iterable
from dataclasses import dataclass, field

EAST, WEST = "us-east-1", "eu-west-1"


@dataclass(frozen=True, slots=True)
class NodeSet:
    """Nodes of one pool."""

    instance_type: str
    zone: str
    count: int
    lifecycle: str = "spot"


@dataclass(frozen=True, slots=True)
class Group:
    """An Auto Scaling group that keeps `desired` nodes of any of `types`, the first few on-demand."""

    types: tuple[str, ...]
    minimum: int
    desired: int
    maximum: int
    on_demand: int


@dataclass(frozen=True, slots=True)
class ClusterSpec:
    """One Kubernetes cluster; `policy` is what its owner wants of the platform.

    `batch_pods` is how many large pods its batch job has at its busiest, each too large for the nodes there.
    """

    name: str
    policy: dict[str, object]
    group: Group | None = None
    node_sets: tuple[NodeSet, ...] = ()
    most_deployments: int = 30
    batch_pods: int = 0

    @property
    def nodes(self) -> int:
        return (self.group.desired if self.group else 0) + sum(nodes.count for nodes in self.node_sets)


@dataclass(frozen=True, slots=True)
class AccountSpec:
    """An AWS account of a tenant, used in one region."""

    name: str
    account_id: str
    region: str
    clusters: tuple[ClusterSpec, ...]
    strays: tuple[NodeSet, ...] = ()
    volumes: int = 0
    snapshots: int = 0

    @property
    def role_name(self) -> str:
        return "AtharvaAccess"

    @property
    def role_arn(self) -> str:
        return f"arn:aws:iam::{self.account_id}:role/{self.role_name}"

    @property
    def external_id(self) -> str:
        """What the role's trust asks for where the seed itself makes the role."""
        return f"atharva-{self.account_id}"


@dataclass(frozen=True, slots=True)
class TenantSpec:
    """A client of the platform."""

    name: str
    accounts: tuple[AccountSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class WorldSpec:
    """All of it; `cost_days` is how much history of costs is imported."""

    tenants: tuple[TenantSpec, ...]
    cost_days: int = 30
    seed: int = 7
    # The tenant whose credentials are handed out.
    shown: str = field(default="Acme Corp")
    # Nobody's yet: for a person to connect.
    spare: AccountSpec | None = None

    def accounts(self) -> Iterable[tuple[TenantSpec, AccountSpec]]:
        """Every account with its tenant."""
        return ((tenant, account) for tenant in self.tenants for account in tenant.accounts)


# Short ages and cool-downs, so that a visitor sees nodes move; a real tenant waits hours.
LIVELY: dict[str, object] = {
    "mode": "active",
    "min_node_age_seconds": 60,
    "cooldown_seconds": 300,
    "min_saving_pct": "5.00",
    "eviction_spread_seconds": 5,
    "verify_stable_seconds": 10,
    "price_samples": 1,
    "min_cheaper_pools": 5,
}
WATCHING: dict[str, object] = {"mode": "observe"}


def standard() -> WorldSpec:
    """The world that `make run` shows: two tenants, four clusters."""
    acme = AccountSpec(
        name="acme-production",
        account_id="111122223333",
        region=EAST,
        clusters=(_prod_cluster_a(), _prod_cluster_b(), _dev_cluster()),
        strays=(
            NodeSet("m5.large", f"{EAST}a", 2, "on-demand"),
            NodeSet("c5.xlarge", f"{EAST}b", 1, "on-demand"),
            NodeSet("r5.large", f"{EAST}c", 1),
        ),
        volumes=23,
        snapshots=31,
    )
    globex = AccountSpec(
        name="globex-europe",
        account_id="444455556666",
        region=WEST,
        clusters=(
            ClusterSpec(
                "globex-web",
                LIVELY,
                node_sets=(
                    NodeSet("m5.xlarge", f"{WEST}a", 4),
                    NodeSet("c5.xlarge", f"{WEST}b", 3),
                    NodeSet("m5.large", f"{WEST}c", 1, "on-demand"),
                ),
                most_deployments=10,
            ),
        ),
        volumes=4,
        snapshots=5,
    )
    return WorldSpec((TenantSpec("Acme Corp", (acme,)), TenantSpec("Globex", (globex,))), spare=_spare())


def _spare() -> AccountSpec:
    """Paid in full, or in pools that were a bad choice: whoever connects it sees what it would save."""
    shop = ClusterSpec(
        "initech-shop",
        {},
        node_sets=(
            NodeSet("m5.large", f"{EAST}a", 3, "on-demand"),
            NodeSet("c5.xlarge", f"{EAST}b", 2, "on-demand"),
            NodeSet("m5.large", f"{EAST}c", 2),
            NodeSet("c5.xlarge", f"{EAST}d", 1),
        ),
        most_deployments=12,
    )
    return AccountSpec("initech-spare", "777788889999", EAST, (shop,))


def _prod_cluster_a() -> ClusterSpec:
    """Its nodes belong to a group, as a managed node group's do."""
    types = ("m5.xlarge", "m5.2xlarge", "c5.xlarge", "c5.2xlarge", "r5.xlarge")
    group = Group(types, minimum=30, desired=45, maximum=60, on_demand=4)
    return ClusterSpec("prod-cluster-a", LIVELY, group=group, most_deployments=60)


def _prod_cluster_b() -> ClusterSpec:
    """Its nodes come from a launch template without a group, in pools that were a good choice once."""
    return ClusterSpec(
        "prod-cluster-b",
        LIVELY,
        node_sets=(
            NodeSet("m5.2xlarge", f"{EAST}a", 9),
            NodeSet("c5.2xlarge", f"{EAST}b", 8),
            NodeSet("r5.xlarge", f"{EAST}c", 7),
            NodeSet("m5.xlarge", f"{EAST}d", 5),
            NodeSet("m5.xlarge", f"{EAST}a", 3, "on-demand"),
        ),
        most_deployments=45,
        batch_pods=3,
    )


def _dev_cluster() -> ClusterSpec:
    return ClusterSpec(
        "dev-cluster",
        WATCHING,
        node_sets=(
            NodeSet("m5.large", f"{EAST}a", 5),
            NodeSet("c5.large", f"{EAST}b", 4),
            NodeSet("m5.large", f"{EAST}b", 3, "on-demand"),
        ),
        most_deployments=15,
    )
