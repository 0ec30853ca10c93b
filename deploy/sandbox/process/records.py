"""Which processes a sandbox has started, written down so that another command can end exactly them."""

import os
import signal
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from deploy.sandbox.process.state import read_json, write_json
from deploy.sandbox.servers.daemon import is_running, wait_until

# psutil reads the same start time from the same kernel counter each time; this only absorbs float rounding.
SAME_START_SECONDS = 0.02
KILL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Recorded:
    """A process and the moment it started: together they name it even after its pid was given to another."""

    name: str
    pid: int
    started: float

    @classmethod
    def of(cls, name: str, pid: int) -> "Recorded | None":
        """The record of the living process `pid`, None where it has ended."""
        try:
            return cls(name, pid, psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            return None

    def process(self) -> psutil.Process | None:
        """The process, where it still lives."""
        try:
            found = psutil.Process(self.pid)
            same = abs(found.create_time() - self.started) < SAME_START_SECONDS
        except psutil.NoSuchProcess:
            return None
        return found if same and is_running(found) else None


def write_records(path: Path, records: Iterable[Recorded]) -> None:
    """Replace what `path` says."""
    write_json(path, [asdict(record) for record in records])


def read_records(path: Path) -> list[Recorded]:
    """What `path` says; nothing where it does not exist."""
    return [Recorded(**fields) for fields in read_json(path) or []]


def kill_groups(records: Iterable[Recorded]) -> list[str]:
    """Kill what still lives of `records` with all they started; the names of those that did."""
    living = [record for record in records if record.process()]
    for record in living:
        kill_group(record.pid)
    wait_until(lambda: not any(record.process() for record in living), KILL_SECONDS)
    return [record.name for record in living]


def kill_group(leader: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Signal the process group that `leader` leads, also when the leader itself has ended."""
    try:
        os.killpg(leader, number)
    except ProcessLookupError:
        return
