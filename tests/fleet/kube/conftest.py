from collections.abc import Iterator

import pytest

from apps.fleet.kube.api import kube_for
from apps.fleet.kube.port import Kube

from .standin import StandIn, TestCluster


@pytest.fixture(scope="session")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    with StandIn(tmp_path_factory.mktemp("kube")) as running:
        yield running


@pytest.fixture
def cluster(standin: StandIn) -> TestCluster:
    return standin.cluster()


@pytest.fixture
def kube(cluster: TestCluster) -> Kube:
    return kube_for(name=cluster.name, kubeconfig=cluster.kubeconfig)
