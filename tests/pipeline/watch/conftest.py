import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import quote

import pytest
from django.db import connection

from apps.fleet.models import Cluster
from tests.factories import ClusterFactory
from tests.fleet.kube.standin import StandIn, TestCluster
from tests.fleet.kube.workloads import wait_until

LEAVE_SECONDS = 3
START_SECONDS = 60
MEMBERS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"


@pytest.fixture(scope="session")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    with StandIn(tmp_path_factory.mktemp("kube")) as running:
        yield running


@pytest.fixture
def kube(standin: StandIn) -> TestCluster:
    """A cluster as its tenant runs it."""
    return standin.cluster()


@pytest.fixture
def cluster(transactional_db: None, kube: TestCluster) -> Cluster:
    """The same cluster as the platform knows it."""
    made: Cluster = ClusterFactory(kubeconfig=kube.kubeconfig, name=kube.name)
    return made


def _watchers() -> int:
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS)
        return int(cursor.fetchone()[0])


class Watcher(subprocess.Popen[bytes]):
    """`manage.py watch_clusters` as a process of its own."""

    def __init__(self) -> None:
        settings = connection.settings_dict
        host, port = settings["HOST"] or "localhost", settings["PORT"] or 5432
        user = f"{quote(settings['USER'])}:{quote(settings['PASSWORD'])}"
        url = f"postgres://{user}@{quote(host, '')}:{port}/{settings['NAME']}"
        environment = os.environ | {"DATABASE_URL": url}
        super().__init__([sys.executable, "manage.py", "watch_clusters"], env=environment)

    def wait_running(self) -> "Watcher":
        """Wait until it has taken its place among the watchers."""
        wait_until(lambda: self.poll() is not None or _watchers() >= 1, seconds=START_SECONDS)
        return self

    def leave(self) -> int:
        """Ask it to end; its exit code. Fails where it takes longer than it may."""
        self.send_signal(signal.SIGTERM)
        return self.wait(timeout=LEAVE_SECONDS)


@pytest.fixture
def watching(transactional_db: None) -> Iterator[Watcher]:
    """A watcher that runs for the length of the test."""
    with Watcher() as watcher:
        yield watcher.wait_running()
        watcher.kill()


@pytest.fixture
def start_watcher(transactional_db: None) -> Iterator[Callable[[], Watcher]]:
    with ExitStack() as stack:

        def start() -> Watcher:
            watcher = stack.enter_context(Watcher())
            stack.callback(watcher.kill)
            return watcher

        yield start
