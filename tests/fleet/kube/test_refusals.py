import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from pytest_django.fixtures import Settings

from apps.fleet.errors import ClusterForbidden, ClusterUnauthorized, ClusterUnreachable
from apps.fleet.kube.api import kube_for
from apps.fleet.kube.port import Kube, Taint
from tests.world.servers import free_port

from .kubeconfigs import changed, minimal
from .standin import StandIn, TestCluster
from .workloads import wait_until


def test_a_wrong_token_is_unauthorized(cluster: TestCluster) -> None:
    with pytest.raises(ClusterUnauthorized, match="prod does not accept"):
        changed(cluster.kubeconfig, user={"token": "stale"}).nodes()


def test_a_missing_right_is_named_with_its_verb_and_resource(standin: StandIn) -> None:
    rules = [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "list", "watch"]}]
    made = standin.cluster(token_rules=rules)
    kube = kube_for(name="prod", kubeconfig=made.kubeconfig)
    name = made.node()

    with pytest.raises(ClusterForbidden, match="does not let the platform list pods"):
        kube.pods_on(name)
    with pytest.raises(ClusterForbidden, match="does not let the platform patch nodes"):
        kube.taint(name, Taint("a", "", "NoSchedule"))
    assert kube.node(name).name == name


def test_nobody_listening_is_unreachable() -> None:
    kube = kube_for(name="prod", kubeconfig=minimal(f"https://127.0.0.1:{free_port()}"))

    with pytest.raises(ClusterUnreachable, match="prod does not answer: .*refused"):
        kube.nodes()


def test_silence_is_unreachable_after_the_time_limit_and_not_tried_again(settings: Settings) -> None:
    settings.KUBERNETES_TIMEOUT = timedelta(seconds=2)
    with silent_server() as address:
        began = time.monotonic()
        with pytest.raises(ClusterUnreachable, match="within the time limit"):
            kube_for(name="prod", kubeconfig=minimal(address)).nodes()
        assert time.monotonic() - began < 2 * 2


@pytest.mark.parametrize("mode", ["close", "503"])
def test_an_outage_is_unreachable_and_over_when_it_is_over(
    cluster: TestCluster, kube: Kube, mode: str
) -> None:
    name = cluster.node()
    cluster.control("POST", "/outage", {"seconds": 1.5, "mode": mode})

    with pytest.raises(ClusterUnreachable):
        kube.node(name)

    def answers() -> bool:
        try:
            return kube.node(name).name == name
        except ClusterUnreachable:
            return False

    wait_until(answers)


def test_an_outage_ends_a_running_watch(cluster: TestCluster, kube: Kube) -> None:
    _, version = kube.nodes()
    changes = kube.watch_nodes(version, seconds=30)
    cluster.node()
    next(changes)

    cluster.control("POST", "/outage", {"seconds": 0.5})

    with pytest.raises(ClusterUnreachable):
        list(changes)


def test_a_certificate_of_another_authority_is_not_trusted(cluster: TestCluster) -> None:
    with pytest.raises(ClusterUnreachable, match="certificate verify failed"):
        changed(cluster.kubeconfig, cluster={"certificate-authority-data": ""}).nodes()


def test_a_server_that_is_no_kubernetes_is_said_to_be_none(standin: StandIn, cluster: TestCluster) -> None:
    # The control interface answers JSON to everything, but no list.
    server = {"server": f"{standin.address}/_sandbox/health?"}
    with pytest.raises(ClusterUnreachable, match="is not Kubernetes'"):
        changed(cluster.kubeconfig, cluster=server).node("status")


@contextmanager
def silent_server() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_credentials_never_show_in_errors_or_representations() -> None:
    kube = kube_for(name="prod", kubeconfig=minimal(f"http://127.0.0.1:{free_port()}"))

    with pytest.raises(ClusterUnreachable) as unreachable:
        kube.nodes()

    assert "secret" not in str(unreachable.value)
