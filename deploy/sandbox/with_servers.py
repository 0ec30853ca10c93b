"""`with-servers -- COMMAND`: run a command with a PostgreSQL and a Valkey of its own."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from deploy.sandbox.keys import field_key, secret
from deploy.sandbox.process.signals import Ended, Relay
from deploy.sandbox.servers import temporary_servers


def run(command: Sequence[str], state_dir: Path) -> int:
    """The exit code of `command`, run with DATABASE_URL, REDIS_URL and keys in its environment.

    Servers and keys that the environment names already are kept. 128 + n where signal n ended it, 127 where
    there is no such command.
    """
    relay = Relay()
    defaults = {"SECRET_KEY": secret(), "FIELD_ENCRYPTION_KEY": field_key()}
    try:
        with relay.installed(), temporary_servers(state_dir) as urls:
            return relay.wait(subprocess.Popen(command, env=defaults | os.environ | urls))
    except Ended as ended:
        return ended.exit_code
    except FileNotFoundError as error:
        print(f"with-servers: no such command: {error.filename}")
        return 127
