"""Ctrl-C, a terminal that goes away and a plain kill all mean one thing: end in order."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ended(BaseException):
    """Somebody asked us to end. Not an Exception: no handler of errors on the way may swallow it."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


@contextmanager
def end_once() -> Iterator[None]:
    """Raise Ended at the first signal; let no second one cut the ending short."""

    def on_signal(number: int, frame: FrameType | None) -> None:
        for other in ENDING:
            signal.signal(other, signal.SIG_IGN)
        raise Ended(number)

    before = {number: signal.signal(number, on_signal) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Relay:
    """Hands signals on to a command, so that it ends first and what it uses after it."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Raise Ended at a signal that comes before the command runs; relay those that come later."""
        before = {number: signal.signal(number, self._on_signal) for number in ENDING}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def wait(self, child: subprocess.Popen[bytes]) -> int:
        """The exit code of `child`; 128 + n where signal n ended it."""
        self._child = child
        code = child.wait()
        return code if code >= 0 else 128 - code

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._child is None:
            for other in ENDING:
                signal.signal(other, signal.SIG_IGN)
            raise Ended(number)
        if self._child.poll() is None and not _sent_by_terminal(number):
            self._child.send_signal(number)


def _sent_by_terminal(number: int) -> bool:
    """A Ctrl-C reaches the whole foreground group: handed on, the command would get it twice."""
    return number == signal.SIGINT and sys.stdin.isatty() and os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
