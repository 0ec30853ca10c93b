"""`python -m deploy.sandbox …`: the commands behind the Makefile's targets."""

import argparse
import sys
from pathlib import Path

from deploy.sandbox import with_servers
from deploy.sandbox.servers import ServerFailed

CHECKOUT = Path(__file__).resolve().parents[2]
DEFAULT_STATE = CHECKOUT / ".sandbox"


def main(arguments: list[str]) -> int:
    """The exit code of the command that `arguments` name."""
    parser = argparse.ArgumentParser(prog="python -m deploy.sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    with_them = commands.add_parser("with-servers", help="run a command with servers of its own")
    with_them.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- COMMAND …")
    chosen = parser.parse_args(arguments)
    argv = chosen.argv[1:] if chosen.argv[:1] == ["--"] else chosen.argv
    if not argv:
        with_them.error("which command?")
    return with_servers.run(argv, DEFAULT_STATE / "tests")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ServerFailed as error:
        sys.exit(f"sandbox: {error}")
