import pytest

from apps.fleet.kube.api import kube_for
from apps.fleet.kube.port import Kube
from tests.world.servers import KubeStandIn

from .standin import StandIn, TestCluster


@pytest.fixture
def standin(kube_stand_in: KubeStandIn) -> StandIn:
    return StandIn(kube_stand_in)


@pytest.fixture
def cluster(standin: StandIn) -> TestCluster:
    return standin.cluster()


@pytest.fixture
def kube(cluster: TestCluster) -> Kube:
    return kube_for(name=cluster.name, kubeconfig=cluster.kubeconfig)
