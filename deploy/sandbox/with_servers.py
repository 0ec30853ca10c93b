"""`with-servers -- COMMAND`: run a command with a PostgreSQL and a Valkey of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from deploy.sandbox.keys import field_key, secret
from deploy.sandbox.servers import temporary_servers

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Asked(BaseException):
    """A signal came before the command was started. Not an Exception: nothing on the way may swallow it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


def run(command: Sequence[str], state_dir: Path) -> int:
    """The exit code of `command`, run with DATABASE_URL, REDIS_URL and keys in its environment.

    Servers and keys that the environment names already are kept. 128 + n where signal n ended it.
    """
    relay = Relay()
    try:
        with relay.installed(), temporary_servers(state_dir) as urls:
            defaults = {"SECRET_KEY": secret(), "FIELD_ENCRYPTION_KEY": field_key()}
            code = relay.wait(subprocess.Popen(command, env=defaults | os.environ | urls))
    except Asked as asked:
        return asked.exit_code
    except FileNotFoundError as error:
        print(f"with-servers: no such command: {error.filename}", file=sys.stderr)
        return 127
    return code if code >= 0 else 128 - code


class Relay:
    """Hands signals on to the command, so that it ends first and the servers after it."""

    def __init__(self) -> None:
        self.child: subprocess.Popen[bytes] | None = None
        self.ending = False

    @contextmanager
    def installed(self) -> Iterator[None]:
        before = {number: signal.signal(number, self._on_signal) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def wait(self, child: subprocess.Popen[bytes]) -> int:
        self.child = child
        try:
            return child.wait()
        finally:
            # From here on the servers are being stopped, which a second Ctrl-C must not cut short.
            self.ending = True

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.child is None and not self.ending:
            self.ending = True
            raise Asked(number)
        if self.child is not None and self.child.poll() is None and not _sent_by_terminal(number):
            self.child.send_signal(number)


def _sent_by_terminal(number: int) -> bool:
    """A Ctrl-C reaches the whole foreground group: handed on, the command would get it twice."""
    return number == signal.SIGINT and sys.stdin.isatty() and os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
