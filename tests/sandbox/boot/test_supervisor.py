"""The supervisor: what dies comes back, what is ended stays ended, and each process is on record."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.sandbox.process.cleanup import clear, end, is_running
from deploy.sandbox.process.logs import Logs
from deploy.sandbox.process.records import Recorded, kill_groups, read_records, write_records
from deploy.sandbox.process.state import StateDir
from deploy.sandbox.process.supervisor import Supervisor
from deploy.sandbox.servers.daemon import is_running as still_running
from deploy.sandbox.servers.daemon import wait_until

SECONDS = 20
WAITS = f'exec "{sys.executable}" -c "import signal; print(1, flush=True); signal.pause()"'
# A leader with a child in its group that keeps the output open, as a prefork worker has.
FORKS = f'exec "{sys.executable}" -c "import os, signal; print(os.fork(), flush=True); signal.pause()"'
DEAF = (
    f'exec "{sys.executable}" -c "import signal;'
    'signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); signal.pause()"'
)


@pytest.fixture
def state(tmp_path: Path) -> StateDir:
    state = StateDir(tmp_path / "check out")
    state.make()
    return state


@pytest.fixture
def supervisor(state: StateDir) -> Iterator[Supervisor]:
    logs = Logs(state.logs, to_terminal=False)
    supervisor = Supervisor(logs, state.processes, cwd=state.root)
    yield supervisor
    supervisor.stop()
    logs.close()


def started(supervisor: Supervisor, state: StateDir, name: str, command: str) -> int:
    """The pid of a process that has said its first word."""
    supervisor.start(name, command, os.environ)
    log = state.logs / f"{name}.log"
    assert wait_until(lambda: log.exists() and log.read_text() != "", SECONDS)
    pid = supervisor.pid(name)
    assert pid is not None
    return pid


def test_a_killed_process_comes_back(supervisor: Supervisor, state: StateDir) -> None:
    first = started(supervisor, state, "worker", WAITS)
    os.kill(first, signal.SIGKILL)
    assert wait_until(lambda: supervisor.pid("worker") not in (None, first), SECONDS)
    assert "ended with code -9, starts again" in (state.logs / "worker.log").read_text()


def test_a_killed_leader_takes_its_pool_with_it_and_comes_back(
    supervisor: Supervisor, state: StateDir
) -> None:
    first = started(supervisor, state, "worker", FORKS)
    [child] = psutil.Process(first).children()
    os.kill(first, signal.SIGKILL)
    assert wait_until(lambda: supervisor.pid("worker") not in (None, first), SECONDS)
    assert not still_running(child)


def test_a_process_that_must_not_die_is_reported_and_not_restarted(
    supervisor: Supervisor, state: StateDir
) -> None:
    lost: list[str] = []
    supervisor.start("aws", "exit 3", os.environ, lost=lost.append)
    assert wait_until(lambda: lost == ["aws"], SECONDS)
    assert supervisor.pid("aws") is None


def test_stop_ends_all_also_who_does_not_listen(
    supervisor: Supervisor, state: StateDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.sandbox.process.supervisor.STOP_SECONDS", 1.0)
    pids = [started(supervisor, state, name, command) for name, command in (("a", WAITS), ("b", DEAF))]
    supervisor.stop()
    assert [pid for pid in pids if psutil.pid_exists(pid)] == []
    assert read_records(state.processes) == []


def test_what_runs_is_on_record(supervisor: Supervisor, state: StateDir) -> None:
    pid = started(supervisor, state, "worker", WAITS)
    [record] = read_records(state.processes)
    assert (record.name, record.pid) == ("worker", pid)
    assert record.process() is not None
    assert state.processes.stat().st_mode & 0o077 == 0


def test_a_pid_given_to_another_process_is_not_killed(state: StateDir) -> None:
    itself = Recorded.of("worker", os.getpid())
    assert itself is not None
    earlier = Recorded("worker", itself.pid, itself.started - 60)
    write_records(state.processes, [earlier])
    assert kill_groups(read_records(state.processes)) == []


def test_down_ends_what_a_killed_supervisor_left(state: StateDir, supervisor: Supervisor) -> None:
    pid = started(supervisor, state, "worker", WAITS)
    assert not is_running(state)
    clear(state)
    assert wait_until(lambda: supervisor.pid("worker") != pid, SECONDS)
    assert not psutil.pid_exists(pid)


def test_down_without_a_sandbox_does_nothing(state: StateDir) -> None:
    assert end(state) is False
