"""What PostgreSQL and Valkey have in common as background processes: proof of ownership, waiting, ending."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil

START_SECONDS = 60.0
POLL_SECONDS = 0.02
LOG_TAIL_LINES = 15


class ServerFailed(Exception):
    """A server did not start or did not stop; the message ends with the last lines of its log."""


def failed(what: str, log: Path) -> ServerFailed:
    """The error that says `what` and shows why, as far as the server's log knows."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return ServerFailed("\n    ".join([f"{what}; its log {log} ends:", *lines[-LOG_TAIL_LINES:]]))


def alive(pid: int, belonging_to: Path) -> psutil.Process | None:
    """The process `pid` if it lives and its command line names `belonging_to`.

    A pid alone proves nothing: after a crash or a reboot it may be somebody else's.
    """
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return process if str(belonging_to) in " ".join(process.cmdline()) else None
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None


def living_in(folder: Path) -> list[psutil.Process]:
    """Processes that work in `folder`: what a killed server may have left."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(folder):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def wait_until(done: Callable[[], bool], seconds: float) -> bool:
    """Whether `done()` became true within `seconds`."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def ready(answers: Callable[[], bool], child: subprocess.Popen[bytes]) -> bool:
    """Whether `child` came up. One that did not is gone afterwards."""
    wait_until(lambda: answers() or child.poll() is not None, START_SECONDS)
    if child.poll() is None and answers():
        return True
    child.kill()
    child.wait()
    return False


def reap(child: subprocess.Popen[bytes] | None) -> None:
    """Take the exit code of a stopped server that we started ourselves, so that no zombie stays."""
    if child is not None and child.poll() is None:
        child.wait()


def end(process: psutil.Process, *, polite: signal.Signals, seconds: float) -> None:
    """Ask `process` to end with `polite`; kill it with its children when it has not after `seconds`."""
    family = [process, *_children(process)]
    _send(process, polite)
    if not wait_until(lambda: not is_running(process), seconds):
        for member in family:
            _send(member, signal.SIGKILL)
        wait_until(lambda: not any(is_running(member) for member in family), seconds)


def is_running(process: psutil.Process) -> bool:
    """Whether it still runs. A zombie, which waits only for its parent to look, does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def as_root() -> bool:
    return os.geteuid() == 0


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def _send(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
