"""A cluster is stored once its API has answered, with a policy that changes nothing yet."""

import json
import socket
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.db import connection

from apps.accounts.models import AuditEvent
from apps.fleet.models import Cluster
from tests.factories import CloudAccountFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return CloudAccountFactory(client__name="Acme Corp", name="production")


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    """Of a cluster that does not answer."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        server = f"http://127.0.0.1:{closed.getsockname()[1]}"
    path = tmp_path / "kubeconfig"
    path.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "c",
                "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
                "clusters": [{"name": "k", "cluster": {"server": server}}],
                "users": [{"name": "u", "user": {"token": "kept-between-us"}}],
            }
        )
    )
    return path


def connect(kubeconfig: Path, *flags: str, account: str = "production", region: str = "us-east-1"):
    out = StringIO()
    call_command(
        "connect_cluster",
        *("--client", "Acme Corp", "--account", account, "--name", "prod", "--region", region),
        *("--kubeconfig", str(kubeconfig), *flags),
        stdout=out,
    )
    return json.loads(out.getvalue())


def test_a_cluster_that_answers_is_stored_and_only_watched_at_first(tenant, tmp_path) -> None:
    reached = tenant().build().cluster
    path = tmp_path / "reached"
    path.write_text(reached.kubeconfig)
    out = StringIO()
    call_command(
        "connect_cluster",
        *("--client", reached.client.name, "--account", reached.account.name, "--name", "again"),
        *("--region", reached.region, "--kubeconfig", str(path)),
        stdout=out,
    )
    cluster = Cluster.objects.get(pk=json.loads(out.getvalue())["cluster_id"])
    assert (cluster.account, cluster.policy.mode) == (reached.account, "observe")


def test_a_silent_cluster_is_named_and_not_stored(account, kubeconfig) -> None:
    with pytest.raises(CommandError, match="API of cluster prod does not answer"):
        connect(kubeconfig)
    assert not Cluster.objects.exists()


def test_a_silent_cluster_can_be_stored_on_purpose_once(account, kubeconfig) -> None:
    assert connect(kubeconfig, "--skip-check") == connect(kubeconfig, "--skip-check")
    cluster = Cluster.objects.get()
    assert (cluster.client, cluster.policy.mode) == (account.client, "observe")
    assert AuditEvent.objects.filter(what="cluster_connected").count() == 1


def test_the_kubeconfig_is_encrypted_and_in_no_trail(account, kubeconfig) -> None:
    connect(kubeconfig, "--skip-check")
    with connection.cursor() as cursor:
        cursor.execute("SELECT kubeconfig FROM fleet_cluster")
        assert "kept-between-us" not in cursor.fetchone()[0]
    assert "kept-between-us" not in str(list(AuditEvent.objects.values()))


def test_a_kubeconfig_that_cannot_be_used_is_named_even_unchecked(account, tmp_path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text("just text")
    with pytest.raises(CommandError, match="kubeconfig of cluster prod cannot be used"):
        connect(path, "--skip-check")
    assert not Cluster.objects.exists()


def test_each_unknown_thing_is_named(account, kubeconfig, tmp_path) -> None:
    with pytest.raises(CommandError, match="no account named staging"):
        connect(kubeconfig, account="staging")
    with pytest.raises(CommandError, match="eu-west-1"):
        connect(kubeconfig, "--skip-check", region="eu-west-1")
    with pytest.raises(CommandError, match="none cannot be read"):
        connect(tmp_path / "none")
    assert not Cluster.objects.exists()
