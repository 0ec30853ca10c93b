"""Keeps the Procfile's processes running.

honcho reads the Procfile, starts each process in a session of its own and reads its lines. Its own manager
ends everything as soon as one process dies; here a killed worker must come back, as under systemd or
Kubernetes. So its Process runs in a thread per process, and that thread starts it again.
"""

import signal
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from honcho.environ import parse_procfile
from honcho.printer import Message
from honcho.process import Process

from deploy.sandbox.process.logs import Logs
from deploy.sandbox.process.records import Recorded, kill_group, write_records
from deploy.sandbox.servers.daemon import wait_until

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 15.0
# Who ran this long was well: its next pause is the first one again.
WELL_AFTER_SECONDS = 30.0
STOP_SECONDS = 12.0
BURY_SECONDS = 0.5


def commands(procfile: Path) -> dict[str, str]:
    """The shell command of each process, by name."""
    return dict(parse_procfile(procfile.read_text()).processes)


class Supervisor:
    """Starts, restarts and ends processes; writes down which (`records`)."""

    def __init__(self, logs: Logs, records: Path, *, cwd: Path, also: Recorded | None = None) -> None:
        self.logs = logs
        self.cwd = cwd
        self._records = records
        self._also = also
        self._running: dict[str, Recorded] = {}
        self._guard = threading.Lock()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._thread(self._bury)

    def start(
        self, name: str, command: str, env: Mapping[str, str], *, lost: Callable[[str], None] | None = None
    ) -> None:
        """Run `command` until stop(). If it ends by itself it starts again, or `lost(name)` is called."""
        self._thread(self._keep, name, command, dict(env), lost)

    def pid(self, name: str) -> int | None:
        """The pid that `name` has now."""
        running = self._running.get(name)
        return running.pid if running else None

    def stop(self) -> None:
        """End all: politely first, those that do not listen by force."""
        with self._guard:
            self._stopping.set()
        self._signal_all(signal.SIGTERM)
        if not wait_until(lambda: not self._running, STOP_SECONDS):
            self._signal_all(signal.SIGKILL)
        for thread in self._threads:
            thread.join()

    def _thread(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _bury(self) -> None:
        """End what a killed leader leaves: a prefork pool keeps the output open that we read to its end."""
        while not self._stopping.wait(BURY_SECONDS):
            for record in list(self._running.values()):
                if record.process() is None:
                    kill_group(record.pid)

    def _keep(self, name: str, command: str, env: dict[str, str], lost: Callable[[str], None] | None) -> None:
        pause = FIRST_PAUSE_SECONDS
        colour = self.logs.colour()
        while not self._stopping.is_set():
            began = time.monotonic()
            code = self._run_once(Process(command, name=name, colour=colour, env=env, cwd=str(self.cwd)))
            if self._stopping.is_set():
                return
            if lost is not None:
                self._say(name, f"ended with code {code}")
                lost(name)
                return
            lasted = time.monotonic() - began
            pause = (
                FIRST_PAUSE_SECONDS if lasted > WELL_AFTER_SECONDS else min(pause * 2, LONGEST_PAUSE_SECONDS)
            )
            self._say(name, f"ended with code {code}, starts again in {pause:g} s")
            self._stopping.wait(pause)

    def _run_once(self, process: Process) -> int:
        watch = _Events(self, process)
        process.run(watch)
        return watch.code

    def started(self, name: str, pid: int) -> None:
        """A process began."""
        record = Recorded.of(name, pid)
        with self._guard:
            if record is not None:
                self._running[name] = record
                self._write()
            if self._stopping.is_set():
                kill_group(pid, signal.SIGTERM)

    def ended(self, name: str, pid: int) -> None:
        """A process ended; what it started itself (a prefork pool) must not outlive it."""
        kill_group(pid)
        with self._guard:
            self._running.pop(name, None)
            self._write()

    def _write(self) -> None:
        first = [self._also] if self._also else []
        write_records(self._records, [*first, *self._running.values()])

    def _signal_all(self, number: signal.Signals) -> None:
        for record in list(self._running.values()):
            kill_group(record.pid, number)

    def _say(self, name: str, text: str) -> None:
        self.logs.messages.put(Message("line", f"[{name} {text}]", datetime.now(), name, None))


class _Events:
    """honcho's event queue of one process: lines go to the logs, start and stop to the supervisor."""

    def __init__(self, supervisor: Supervisor, process: Process) -> None:
        self.supervisor = supervisor
        self.process = process
        self.pid = 0
        self.code = 0

    def put(self, message: Message) -> None:
        if message.type == "start":
            self.pid = message.data["pid"]
            self.supervisor.started(message.name, self.pid)
        elif message.type == "stop":
            self.code = message.data["returncode"]
            self.supervisor.ended(message.name, self.pid)
        else:
            self.supervisor.logs.messages.put(message)
