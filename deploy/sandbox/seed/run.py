"""The seed, step by step. Each looks first and adds what is missing, so a broken seed can be run again."""

import random
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from kubernetes.client import ApiException
from urllib3.exceptions import HTTPError

from deploy.sandbox.process.boot import WEB_SECONDS
from deploy.sandbox.process.health import wait_healthy
from deploy.sandbox.process.installation import PRINCIPAL, Installation, load
from deploy.sandbox.process.once import StepFailed
from deploy.sandbox.process.state import StateDir, read_json, write_json
from deploy.sandbox.seed import (
    access,
    bursts,
    clusters,
    network,
    nodes,
    notices,
    product,
    spare,
    storage,
    usage,
    workloads,
)
from deploy.sandbox.seed.cloud import Cloud
from deploy.sandbox.seed.network import Network
from deploy.sandbox.seed.scale import scale
from deploy.sandbox.seed.world import AccountSpec, ClusterSpec, TenantSpec, WorldSpec, standard

PROFILES = {"standard": standard, "scale": scale}
JOIN_SECONDS = 90.0
PODS_SECONDS = 120.0
FAILURES = (BotoCoreError, ClientError, ApiException, HTTPError, LookupError, OSError)
PEOPLE = {"admin": "admin", "client": "acme", "lab": "lab"}


@dataclass(frozen=True, slots=True)
class Made:
    """An account as it was made: what the product must be told about it."""

    tenant: TenantSpec
    cloud: Cloud
    queue_url: str
    kubeconfigs: dict[str, Path]


def seed(state: StateDir, env: Mapping[str, str]) -> None:
    """Make the world of env's PROFILE, tell the product of it, and write the credentials.

    Raises StepFailed naming the step.
    """
    profile = env.get("PROFILE", "standard")
    if profile not in PROFILES:
        raise StepFailed(f"there is no PROFILE {profile}, only {' and '.join(PROFILES)}")
    installation = load(state)
    if installation is None:
        raise StepFailed(f"nothing was started in {state.root}: make up")
    world = PROFILES[profile]()
    made = []
    for tenant, account in world.accounts():
        with step(f"AWS account {account.account_id} of {tenant.name}"):
            made.append(_make_account(installation, state, tenant, account, world))
    spared = world.spare and _make_spare(installation, state, world.spare, world)
    # While the nodes boot, the product learns who its people are.
    wait_healthy("the web process", f"{installation.base_url}/healthz/ready", seconds=WEB_SECONDS)
    client_ids = _introduce_people(world, installation)
    with ThreadPoolExecutor(1) as beside:
        printed = beside.submit(product.manage, "account_policy")
        for one in made:
            _fill(one.cloud.account, one.kubeconfigs, world)
        if spared:
            _fill(spared.account, spare.kubeconfigs(state, spared.account), world)
    policy = printed.result()["policy"]
    api = product.Api(installation.base_url, PEOPLE["admin"], installation.admin_password)
    for one in made:
        _connect(one, api, policy)
        _import_costs(one, world, state)
    found = _credentials(world, made, client_ids, installation)
    if spared:
        found["spare"] = spare.described(state, spared, policy)
    write_json(state.credentials, found)


def _make_account(
    installation: Installation, state: StateDir, tenant: TenantSpec, account: AccountSpec, world: WorldSpec
) -> Made:
    say(f"{tenant.name}: AWS account {account.account_id} in {account.region}")
    chance = random.Random(f"{world.seed}/{account.account_id}")
    cloud = Cloud(account, installation.aws_url)
    own = network.ensure_network(cloud, account.clusters)
    queue_url = notices.ensure_notices(cloud)
    kubeconfigs = {
        cluster.name: _make_cluster(installation, state, cloud, own, cluster, chance)
        for cluster in account.clusters
    }
    nodes.make_old(cloud, nodes.ensure_strays(cloud, own, account.strays), chance)
    zones = sorted(own.subnets)
    storage.ensure_volumes(cloud, zones, account.volumes, chance)
    storage.ensure_snapshots(cloud, zones, account.snapshots, chance)
    return Made(tenant, cloud, queue_url, kubeconfigs)


def _make_spare(installation: Installation, state: StateDir, account: AccountSpec, world: WorldSpec) -> Cloud:
    """What `_make_account` makes, without anything that only the product needs."""
    say(f"AWS account {account.account_id} in {account.region}, for you to connect")
    chance = random.Random(f"{world.seed}/{account.account_id}")
    cloud = Cloud(account, installation.aws_url)
    with step(f"AWS account {account.account_id}"):
        access.ensure_owner(cloud)
        own = network.ensure_network(cloud, account.clusters)
        for cluster in account.clusters:
            _make_cluster(installation, state, cloud, own, cluster, chance)
    return cloud


def _make_cluster(
    installation: Installation,
    state: StateDir,
    cloud: Cloud,
    own: Network,
    cluster: ClusterSpec,
    chance: random.Random,
) -> Path:
    """Its kubeconfig. The cluster is there before its nodes are launched: they join when they boot."""
    profile = network.ensure_instance_profile(cloud, cluster.name)
    group = network.ensure_security_group(cloud, own, cluster.name)
    kubeconfig = clusters.ensure_cluster(
        installation.kube_url, cloud, own, cluster.name, profile, state.kubeconfigs
    )
    template = nodes.ensure_template(cloud, own, cluster.name, group, profile)
    launched = nodes.ensure_nodes(cloud, own, cluster, template)
    nodes.make_old(cloud, launched, chance)
    say(f"  {cluster.name}: {len(launched)} instances launched")
    return kubeconfig


def _fill(account: AccountSpec, kubeconfigs: Mapping[str, Path], world: WorldSpec) -> None:
    """Let the nodes join, then give them something to run."""
    for cluster in account.clusters:
        api = clusters.connect(kubeconfigs[cluster.name])
        chance = random.Random(f"{world.seed}/{cluster.name}")
        with step(f"cluster {cluster.name}"):
            ready = clusters.wait_for_nodes(api, cluster.nodes, JOIN_SECONDS)
            deployments = workloads.ensure_workloads(api, ready, cluster.most_deployments, chance)
            if cluster.batch_pods:
                bursts.ensure_batch_job(api, cluster.batch_pods)
            pods = clusters.wait_for_pods(api, PODS_SECONDS)
        say(f"  {cluster.name}: {len(ready)} nodes, {deployments} deployments, {pods} pods")


def _introduce_people(world: WorldSpec, installation: Installation) -> dict[str, str]:
    """Clients and who may sign in; the clients' ids by name."""
    client_ids = {
        tenant.name: str(product.manage("ensure_client", tenant.name)["client_id"])
        for tenant in world.tenants
    }
    product.ensure_user(PEOPLE["admin"], "admin", installation.admin_password)
    product.ensure_user(PEOPLE["lab"], "lab", installation.lab_password)
    product.ensure_user(PEOPLE["client"], "client", installation.client_password, client=world.shown)
    say(f"the product knows {len(client_ids)} clients")
    return client_ids


def _connect(made: Made, api: product.Api, policy: access.Document) -> None:
    account, tenant = made.cloud.account, made.tenant.name
    trust = access.trust_in(PRINCIPAL, account.external_id)
    access.ensure_role(made.cloud, trust=trust, policy=policy)
    product.manage(
        "connect_account", "--client", tenant, "--name", account.name, "--account-id", account.account_id,
        "--role-arn", account.role_arn, "--external-id", account.external_id,
        "--regions", account.region, "--queue-url", made.queue_url,
    )  # fmt: skip
    for cluster in account.clusters:
        connected = product.manage(
            "connect_cluster", "--client", tenant, "--account", account.name, "--name", cluster.name,
            "--region", account.region, "--kubeconfig", str(made.kubeconfigs[cluster.name]),
        )  # fmt: skip
        api.call("PUT", f"/api/client/clusters/{connected['cluster_id']}/policy", cluster.policy)
        say(f"  {cluster.name} connected, policy {cluster.policy['mode']}")


def _import_costs(made: Made, world: WorldSpec, state: StateDir) -> None:
    """Once for a database: every start of the cloud has new instances, whose costs would come on top."""
    name, imported = made.cloud.account.name, set(read_json(state.imported) or [])
    if name in imported:
        return
    chance = random.Random(f"{world.seed}/costs/{made.cloud.account.account_id}")
    with step(f"costs of {name}"), tempfile.TemporaryDirectory() as folder:
        extract = Path(folder) / "usage.csv.gz"
        lines = usage.write_usage(made.cloud, extract, world.cost_days, chance)
        product.manage("import_usage", "--client", made.tenant.name, str(extract))
    write_json(state.imported, sorted(imported | {name}))
    say(f"  {made.tenant.name}: {lines} lines of costs imported")


def _credentials(
    world: WorldSpec, made: list[Made], client_ids: dict[str, str], installation: Installation
) -> dict[str, object]:
    return {
        "base_url": installation.base_url,
        "admin": {"username": PEOPLE["admin"], "password": installation.admin_password},
        "client": {
            "username": PEOPLE["client"],
            "password": installation.client_password,
            "client_id": client_ids[world.shown],
        },
        "lab": {"username": PEOPLE["lab"], "password": installation.lab_password},
        "kubeconfigs": {name: str(path) for account in made for name, path in account.kubeconfigs.items()},
        "aws_endpoint_url": installation.aws_url,
    }


@contextmanager
def step(name: str) -> Iterator[None]:
    """Say which step failed where the other side's answer alone would not tell."""
    try:
        yield
    except (*FAILURES, clusters.NotSettled, nodes.NoCapacity) as problem:
        raise StepFailed(f"{name}: {type(problem).__name__}: {problem}") from problem


def say(text: str) -> None:
    """A line of progress."""
    print(text, flush=True)
