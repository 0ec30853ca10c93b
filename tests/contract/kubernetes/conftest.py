"""`cluster` is what the suite runs against: the stand-in, or what KUBEBUILDER_ASSETS names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.kubernetes.api import Api
from tests.contract.kubernetes.backends import Backend, assets, real, stand_in
from tests.contract.kubernetes.workspace import Workspace


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    folder, programs = tmp_path_factory.mktemp("cluster"), assets()
    with stand_in(folder) if programs is None else real(programs, folder) as backend:
        yield backend


@pytest.fixture(scope="session")
def api(cluster: Backend) -> Api:
    return cluster.api


@pytest.fixture
def space(api: Api) -> Iterator[Workspace]:
    workspace = Workspace(api)
    yield workspace
    workspace.close()


@pytest.fixture
def controllers(cluster: Backend) -> None:
    if not cluster.has_controllers:
        pytest.skip("KUBEBUILDER_ASSETS has no kube-controller-manager")


@pytest.fixture
def scheduler(cluster: Backend) -> None:
    if not cluster.has_scheduler:
        pytest.skip("KUBEBUILDER_ASSETS has no kube-scheduler")
