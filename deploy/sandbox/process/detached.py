"""`up`, `down`, `reset`: a sandbox in the background."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence

from deploy.sandbox.process.boot import AlreadyRunning, introduce, say
from deploy.sandbox.process.cleanup import end, forget, is_running
from deploy.sandbox.process.once import StepFailed
from deploy.sandbox.process.signals import Ended, Relay, end_once
from deploy.sandbox.process.state import CHECKOUT, StateDir

POLL_SECONDS = 0.1


def up(state: StateDir, profile: str) -> None:
    """Start a sandbox that outlives us; return when it is ready.

    Raises StepFailed where it ended instead, AlreadyRunning where one is just starting.
    """
    if is_running(state):
        if not state.ready.exists():
            raise AlreadyRunning(
                f"a sandbox is just starting in {state.root}; its progress: {state.progress}"
            )
        introduce(state)
        return
    state.make()
    state.ready.unlink(missing_ok=True)
    with state.progress.open("wb") as progress:
        child = subprocess.Popen(
            [sys.executable, "-m", "deploy.sandbox", "run", "--detached"],
            cwd=CHECKOUT,
            env=os.environ | {"SANDBOX_DIR": str(state.root), "PROFILE": profile},
            stdin=subprocess.DEVNULL,
            stdout=progress,
            stderr=progress,
            start_new_session=True,
        )
    with end_once():
        try:
            _follow(state, child)
            introduce(state)
        except Ended:
            end(state)
            child.wait()
            raise


def down(state: StateDir) -> None:
    """End the sandbox and all it started."""
    say("everything has ended" if end(state) else "no sandbox was running")


def reset(state: StateDir) -> None:
    """End the sandbox and drop its data."""
    end(state)
    forget(state)
    shutil.rmtree(state.logs, ignore_errors=True)
    say("the sandbox's data is gone")


def with_sandbox(state: StateDir, command: Sequence[str], profile: str) -> int:
    """The exit code of `command`, run beside a fresh sandbox whose credentials SANDBOX_CREDENTIALS names.

    Of the sandbox only its logs stay.
    """
    end(state)
    forget(state)
    env = os.environ | {"SANDBOX_DIR": str(state.root), "SANDBOX_CREDENTIALS": str(state.credentials)}
    relay = Relay()
    with relay.installed():
        try:
            up(state, profile)
            return relay.wait(subprocess.Popen(command, env=env))
        finally:
            end(state)
            forget(state)


def _follow(state: StateDir, child: subprocess.Popen[bytes]) -> None:
    """Show its progress until it is ready or has ended."""
    with state.progress.open(errors="replace") as progress:
        while True:
            is_over = child.poll() is not None
            is_ready = state.ready.exists()
            sys.stdout.write(progress.read())
            sys.stdout.flush()
            if is_over:
                raise StepFailed(f"the sandbox did not start; logs in {state.logs}")
            if is_ready:
                return
            time.sleep(POLL_SECONDS)
