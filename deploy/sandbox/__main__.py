"""`python -m deploy.sandbox …`: the commands behind the Makefile's targets."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from deploy.sandbox import with_servers
from deploy.sandbox.process import boot, detached
from deploy.sandbox.process.health import NotHealthy
from deploy.sandbox.process.once import StepFailed
from deploy.sandbox.process.signals import Ended
from deploy.sandbox.process.state import CHECKOUT, StateDir
from deploy.sandbox.servers import ServerFailed

TESTS = CHECKOUT / ".sandbox" / "tests"
E2E = CHECKOUT / ".sandbox" / "e2e"
EXPECTED = (ServerFailed, NotHealthy, StepFailed, boot.AlreadyRunning, boot.WorldLost)


def main(arguments: list[str]) -> int:
    """The exit code of the command that `arguments` name."""
    chosen = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int | None] = chosen.run
    return run(chosen) or 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.sandbox", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, what: str, run: Callable[[argparse.Namespace], int | None]) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=what, description=what)
        command.set_defaults(run=run)
        return command

    profile = os.environ.get("PROFILE") or "standard"
    state = StateDir.of_checkout()
    run = add(
        "run",
        "start all in the foreground",
        lambda its: boot.run(state, profile, to_terminal=not its.detached),
    )
    run.add_argument("--detached", action="store_true", help="the processes' lines go to their logs only")
    add("up", "start all in the background", lambda its: detached.up(state, profile))
    add("down", "end all", lambda its: detached.down(state))
    add("reset", "end all and drop the data", lambda its: detached.reset(state))
    add("seed", "make the world; a started sandbox does it itself", lambda its: _seed(state))
    add(
        "traffic",
        "scale deployments now and then; a started sandbox does it itself",
        lambda its: _traffic(state),
    )
    chaos = add("chaos", "break one thing in the running sandbox", lambda its: _chaos(state, its.argv))
    servers = add(
        "with-servers", "run a command with servers of its own", lambda its: with_servers.run(its.argv, TESTS)
    )
    sandbox = add(
        "with-sandbox",
        "run a command beside a fresh sandbox",
        lambda its: detached.with_sandbox(StateDir(E2E), its.argv, profile),
    )
    for command in (servers, sandbox):
        command.add_argument(
            "argv", nargs="+", metavar="COMMAND", help="after --: the command and its arguments"
        )
    role = add(
        "spare-role", "as the spare account's owner: make the role", lambda its: _spare_role(state, its)
    )
    what = role.add_mutually_exclusive_group(required=True)
    what.add_argument("--external-id", help="that the product's page shows")
    what.add_argument("--delete", action="store_true", help="take it away")
    role.add_argument("--trust-file", type=Path, help="the page's trust policy (JSON)")
    role.add_argument("--policy-file", type=Path, help="the page's permission policy (JSON)")
    access = add(
        "spare-access",
        "as the spare cluster's owner: let the platform in",
        lambda its: _spare_access(state, its.manifest),
    )
    access.add_argument("--manifest", type=Path, required=True, help="the page's RBAC manifest (YAML)")
    chaos.add_argument("argv", nargs=argparse.REMAINDER, metavar="…", help="what to break; help lists it")
    return parser


def _seed(state: StateDir) -> None:
    # Imported where used: the clients of two APIs cost every other command a second.
    from deploy.sandbox.seed.run import seed

    seed(state, os.environ)


def _traffic(state: StateDir) -> None:
    from deploy.sandbox.seed.traffic import traffic

    traffic(state)


def _spare_role(state: StateDir, its: argparse.Namespace) -> None:
    from deploy.sandbox.seed import spare

    if its.delete:
        spare.delete_role(state)
        return
    trust, policy = (
        json.loads(file.read_text()) if file else None for file in (its.trust_file, its.policy_file)
    )
    spare.make_role(state, its.external_id, trust, policy)


def _spare_access(state: StateDir, manifest: Path) -> None:
    from deploy.sandbox.seed import spare

    spare.give_access(state, manifest.read_text())


def _chaos(state: StateDir, argv: list[str]) -> int:
    from deploy.sandbox.chaos import main as chaos

    return chaos(state, argv)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Ended as ended:
        sys.exit(ended.exit_code)
    except EXPECTED as error:
        sys.exit(f"sandbox: {error}")
