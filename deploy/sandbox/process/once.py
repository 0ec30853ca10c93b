"""One command run to its end, its lines shown as they come."""

import subprocess
from collections.abc import Callable, Mapping, Sequence

from deploy.sandbox.process.records import kill_group
from deploy.sandbox.process.state import CHECKOUT

SHOWN_LINES = 30


class StepFailed(Exception):
    """A step of the start failed; the message names it and ends with what it printed."""


class Once:
    """A command that runs beside us until `finish`."""

    def __init__(self, what: str, command: Sequence[str], env: Mapping[str, str]) -> None:
        self.what = what
        # Its own session: the terminal's Ctrl-C is ours to handle, and its children can be ended with it.
        self.child = subprocess.Popen(
            command,
            env=env,
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def finish(self, say: Callable[[str], None] | None = None) -> None:
        """Wait for its end, handing its lines to `say`. Raises StepFailed."""
        lines = []
        assert self.child.stdout is not None
        for line in self.child.stdout:
            lines.append(line.rstrip("\n"))
            if say is not None:
                say(lines[-1])
        if self.child.wait():
            shown = [] if say is not None else lines[-SHOWN_LINES:]
            raise StepFailed(
                "\n    ".join([f"{self.what} failed (exit code {self.child.returncode})", *shown])
            )

    def kill(self) -> None:
        """End it with all it started; nothing where it has ended."""
        if self.child.poll() is None:
            kill_group(self.child.pid)
            self.child.wait()
