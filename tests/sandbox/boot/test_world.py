"""The world is the one of the requirements, and what runs in it fits."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.sandbox.seed.scale import scale
from deploy.sandbox.seed.workloads import FILLED_SHARE, milli, services
from deploy.sandbox.seed.world import WorldSpec, standard


def clusters(world: WorldSpec) -> dict[str, int]:
    return {cluster.name: cluster.nodes for _, account in world.accounts() for cluster in account.clusters}


def test_the_standard_world_has_the_clusters_of_the_requirements() -> None:
    assert (
        clusters(standard()).items()
        >= {"prod-cluster-a": 45, "prod-cluster-b": 32, "dev-cluster": 12}.items()
    )


def test_only_the_development_cluster_starts_in_observe() -> None:
    modes = {
        cluster.name: cluster.policy["mode"] for _, one in standard().accounts() for cluster in one.clusters
    }
    assert [name for name, mode in modes.items() if mode == "observe"] == ["dev-cluster"]


def test_the_large_world_is_as_large_as_promised() -> None:
    world = scale()
    accounts = [account for _, account in world.accounts()]
    assert len(world.tenants) == 200
    assert len(clusters(world)) == 60
    assert 4_900 <= sum(clusters(world).values()) <= 5_100
    assert sum(account.volumes for account in accounts) >= 5_000
    assert sum(account.snapshots for account in accounts) >= 5_000
    assert world.cost_days == 365
    assert len({account.account_id for account in accounts}) == len(accounts)


@given(st.integers(1_000, 400_000), st.integers(1, 200), st.integers())
def test_services_leave_the_promised_room(cpu_milli: int, most: int, seed: int) -> None:
    chosen = list(services(cpu_milli, most, random.Random(seed)))
    assert sum(one.replicas * one.cpu for one in chosen) <= cpu_milli * FILLED_SHARE
    assert len({(one.namespace, one.name) for one in chosen}) == len(chosen) <= most
    assert all(one.replicas >= 1 for one in chosen)


def test_the_same_seed_gives_the_same_services() -> None:
    first, second = (list(services(100_000, 60, random.Random("a"))) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(("written", "expected"), [("2", 2000), ("1930m", 1930), ("0.5", 500)])
def test_cpu_quantities_are_read(written: str, expected: int) -> None:
    assert milli(written) == expected


def test_one_account_is_left_for_a_person_to_connect() -> None:
    world = standard()
    assert world.spare is not None
    assert world.spare.account_id not in {account.account_id for _, account in world.accounts()}
    [shop] = world.spare.clusters
    assert (shop.nodes, shop.group) == (8, None)
    assert {nodes.lifecycle for nodes in shop.node_sets} == {"spot", "on-demand"}
