"""The world of `PROFILE=scale`: 200 tenants, 60 clusters, 5,000 instances, 20,000 pods, a year of costs."""

from deploy.sandbox.seed.world import (
    EAST,
    LIVELY,
    WATCHING,
    WEST,
    AccountSpec,
    ClusterSpec,
    NodeSet,
    TenantSpec,
    WorldSpec,
)

TENANTS = 200
# One account with one cluster each; the other tenants have signed up and not yet connected anything.
CONNECTED = 60
NODES_PER_CLUSTER = 83
STORED_PER_ACCOUNT = 84
DEPLOYMENTS_PER_CLUSTER = 34
ACTIVE_EVERY = 5
FIRST_ACCOUNT_ID = 700_000_000_000
SHAPES = ("m5.xlarge", "c5.2xlarge", "r5.xlarge", "m5.2xlarge")


def scale() -> WorldSpec:
    """The same kinds of things as the standard world, as many as a large installation has."""
    connected = tuple(
        TenantSpec(_tenant_name(number), (_account(number),)) for number in range(1, CONNECTED + 1)
    )
    waiting = tuple(TenantSpec(_tenant_name(number)) for number in range(CONNECTED + 1, TENANTS + 1))
    return WorldSpec((*connected, *waiting), cost_days=365)


def _tenant_name(number: int) -> str:
    return "Acme Corp" if number == 1 else f"Tenant {number:03}"


def _account(number: int) -> AccountSpec:
    region = WEST if number % 4 == 0 else EAST
    zones = [f"{region}{letter}" for letter in "abc"]
    share, rest = divmod(NODES_PER_CLUSTER, len(SHAPES))
    node_sets = tuple(
        NodeSet(shape, zones[index % len(zones)], share + (rest if index == 0 else 0))
        for index, shape in enumerate(SHAPES)
    )
    cluster = ClusterSpec(
        f"cluster-{number:02}",
        LIVELY if number % ACTIVE_EVERY == 1 else WATCHING,
        node_sets=node_sets,
        most_deployments=DEPLOYMENTS_PER_CLUSTER,
    )
    return AccountSpec(
        name=f"account-{number:02}",
        account_id=str(FIRST_ACCOUNT_ID + number),
        region=region,
        clusters=(cluster,),
        volumes=STORED_PER_ACCOUNT,
        snapshots=STORED_PER_ACCOUNT,
    )
