"""Ending what a sandbox left running, whatever became of the process that watched over it."""

import shutil
import signal

from deploy.sandbox.process.records import Recorded, kill_groups, read_records
from deploy.sandbox.process.state import StateDir
from deploy.sandbox.servers import Postgres, Valkey
from deploy.sandbox.servers.daemon import end as end_process
from deploy.sandbox.servers.place import servers_dir

SUPERVISOR = "sandbox"
# Celery finishes its tasks, PostgreSQL writes a checkpoint.
ENDING_SECONDS = 60.0


def clear(state: StateDir) -> None:
    """Kill the recorded processes that still live, stop the servers, remove what says that a sandbox runs."""
    kill_groups(record for record in read_records(state.processes) if record.name != SUPERVISOR)
    folder = servers_dir(state.root)
    Postgres(folder, folder / "postgres").stop()
    Valkey(folder / "valkey").stop()
    for file in (state.ready, state.credentials, state.processes):
        file.unlink(missing_ok=True)


def end(state: StateDir) -> bool:
    """End the sandbox of `state`; whether one was running."""
    living = [process for process in map(Recorded.process, _watching(state)) if process is not None]
    for process in living:
        end_process(process, polite=signal.SIGTERM, seconds=ENDING_SECONDS)
    clear(state)
    return bool(living)


def forget(state: StateDir) -> None:
    """Drop the data of a sandbox that does not run; its logs stay."""
    made = (state.kube, state.kubeconfigs, state.mail, state.root / "staticfiles", servers_dir(state.root))
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)
    for file in (state.installation, state.imported):
        file.unlink(missing_ok=True)


def is_running(state: StateDir) -> bool:
    """Whether a sandbox watches over `state`."""
    return any(record.process() for record in _watching(state))


def _watching(state: StateDir) -> list[Recorded]:
    return [record for record in read_records(state.processes) if record.name == SUPERVISOR]
