import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import quote

import pytest
from django.db import connection

from apps.fleet.models import Cluster
from apps.pipeline.watch.supervisor import Supervisor
from tests.factories import ClusterFactory
from tests.fleet.kube.standin import StandIn, TestCluster
from tests.world.servers import KubeStandIn

# Not how fast it is, but that it ends: this machine may be busy.
LEAVE_SECONDS = 30


@pytest.fixture
def standin(kube_stand_in: KubeStandIn) -> StandIn:
    return StandIn(kube_stand_in)


@pytest.fixture
def kube(standin: StandIn) -> TestCluster:
    """A cluster as its tenant runs it."""
    return standin.cluster()


@pytest.fixture
def cluster(transactional_db: None, kube: TestCluster) -> Cluster:
    """The same cluster as the platform knows it."""
    made: Cluster = ClusterFactory(kubeconfig=kube.kubeconfig, name=kube.name)
    return made


class Watcher(subprocess.Popen[bytes]):
    """A command of manage.py as a process of its own, on the test's database."""

    def __init__(self, command: str, **environment: str) -> None:
        settings = connection.settings_dict
        host, port = settings["HOST"] or "localhost", settings["PORT"] or 5432
        user = f"{quote(settings['USER'])}:{quote(settings['PASSWORD'])}"
        url = f"postgres://{user}@{quote(host, '')}:{port}/{settings['NAME']}"
        everything = os.environ | environment | {"DATABASE_URL": url}
        super().__init__([sys.executable, "manage.py", command], env=everything)

    def leave(self) -> int:
        """Ask it to end; its exit code. Fails where it takes longer than it may."""
        self.send_signal(signal.SIGTERM)
        return self.wait(timeout=LEAVE_SECONDS)


@pytest.fixture
def watching(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A watcher in a thread of this process, with short rounds; every stream has ended when it is over."""
    monkeypatch.setattr("apps.pipeline.watch.stream.WATCH_SECONDS", 1)
    monkeypatch.setattr("apps.pipeline.watch.supervisor.TICK_SECONDS", 0.2)
    monkeypatch.setattr("apps.pipeline.watch.supervisor.LEAVE_SECONDS", 60)
    ending = threading.Event()
    thread = threading.Thread(target=Supervisor(ending).run)
    thread.start()
    yield
    ending.set()
    thread.join()


@pytest.fixture
def start_watcher(transactional_db: None) -> Iterator[Callable[..., Watcher]]:
    with ExitStack() as stack:

        def start(command: str = "watch_clusters", **environment: str) -> Watcher:
            watcher = stack.enter_context(Watcher(command, **environment))
            stack.callback(watcher.kill)
            return watcher

        yield start
