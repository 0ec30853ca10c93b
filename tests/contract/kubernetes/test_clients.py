"""The official client and kubectl, as people and programs use them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from kubernetes import client, config, watch

from tests.contract.kubernetes.api import eventually
from tests.contract.kubernetes.backends import Backend
from tests.contract.kubernetes.objects import budget, pod
from tests.contract.kubernetes.workspace import Workspace

Kubectl = Callable[..., str]


@pytest.fixture
def official(cluster: Backend) -> client.ApiClient:
    return config.new_client_from_config(str(cluster.kubeconfig))


@pytest.fixture
def kubectl(cluster: Backend, tmp_path: Path) -> Kubectl:
    program = shutil.which("kubectl")
    if program is None:
        pytest.skip("kubectl is not installed")

    def run(*arguments: str, stdin: str = "") -> str:
        environment = {**os.environ, "KUBECONFIG": str(cluster.kubeconfig), "HOME": str(tmp_path)}
        done = subprocess.run(
            [program, *arguments], env=environment, input=stdin, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_the_official_client_lists_watches_patches_and_evicts(
    official: client.ApiClient, space: Workspace
) -> None:
    core = client.CoreV1Api(official)
    space.running("web-0", space.node())

    listed = core.list_namespaced_pod(space.name)
    events = watch.Watch().stream(
        core.list_namespaced_pod,
        space.name,
        resource_version=listed.metadata.resource_version,
        timeout_seconds=10,
    )
    core.patch_namespaced_pod("web-0", space.name, {"metadata": {"labels": {"seen": "yes"}}})
    event = next(iter(events))
    body = client.V1Eviction(metadata=client.V1ObjectMeta(name="web-0"))
    core.create_namespaced_pod_eviction("web-0", space.name, body)

    assert [item.metadata.name for item in listed.items] == ["web-0"]
    assert (event["type"], event["object"].metadata.labels["seen"]) == ("MODIFIED", "yes")
    assert core.read_namespaced_pod("web-0", space.name).metadata.deletion_timestamp


def test_the_official_client_tells_what_the_server_refuses(official: client.ApiClient) -> None:
    with pytest.raises(client.ApiException) as caught:
        client.CoreV1Api(official).read_namespaced_pod("nobody", "default")

    assert (caught.value.status, caught.value.reason) == (404, "Not Found")


@pytest.mark.usefixtures("controllers")
def test_kubectl_shows_tables(kubectl: Kubectl, space: Workspace) -> None:
    node = space.node()
    space.running("web-0", node)

    wide = kubectl("get", "nodes,pods", "-A", "-o", "wide")

    assert node in wide
    assert any("web-0" in line and "Running" in line and node in line for line in wide.splitlines())
    assert "Taints:             <none>" in kubectl("describe", "node", node)
    assert "web-0" in kubectl("describe", "pod", "web-0", "-n", space.name)


@pytest.mark.usefixtures("controllers")
def test_kubectl_cordons_drains_and_deletes(kubectl: Kubectl, space: Workspace) -> None:
    node = space.node()
    space.running("web-0", node)

    assert "cordoned" in kubectl("cordon", node)
    out = kubectl("drain", node, "--force", "--dry-run=server")
    assert "web-0" in out
    assert "deleted" in kubectl("delete", "pod", "web-0", "-n", space.name, "--grace-period=0", "--force")
    assert "uncordoned" in kubectl("uncordon", node)
    eventually(lambda: space.taints(node) == [])


def test_kubectl_applies_and_sees_no_change_the_second_time(kubectl: Kubectl, space: Workspace) -> None:
    card = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "card"}, "data": {"a": "1"}}
    documents = yaml.safe_dump_all([card, pod("one", schedulerName="nobody")])

    first = kubectl("apply", "-n", space.name, "-f", "-", stdin=documents)
    second = kubectl("apply", "-n", space.name, "-f", "-", stdin=documents)

    assert first.count("created") == 2
    assert second.count("unchanged") == 2


def test_kubectl_applies_on_the_server(kubectl: Kubectl, space: Workspace) -> None:
    document = yaml.safe_dump(budget("guard", "web", minAvailable=1))

    out = kubectl("apply", "--server-side", "-n", space.name, "-f", "-", stdin=document)

    assert "serverside-applied" in out
    assert space.api.read(f"{space.budgets}/guard")["spec"]["minAvailable"] == 1
