"""One PostgreSQL server with its data in a folder."""

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypedDict

import psutil

from deploy.sandbox.servers.daemon import ServerFailed, alive, end, failed, living_in, ready, reap
from deploy.sandbox.servers.place import give, postgres_programs, server_account
from deploy.sandbox.servers.ports import LOOPBACK, free_port

USER = "atharva"
DATABASE = "atharva"
INITDB_OPTIONS = (
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--no-sync",
)
STOP_SECONDS = 20.0
START_TRIES = 3
CONNECTIONS = 200
SETTINGS = {
    "listen_addresses": LOOPBACK,
    # No socket file: its path would be limited to 107 characters.
    "unix_socket_directories": "",
    "max_connections": str(CONNECTIONS),
    "shared_buffers": "128MB",
    "log_min_messages": "warning",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# For data that a test throws away.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Identity(TypedDict, total=False):
    """Whom subprocess shall run a program as; nothing for ourselves."""

    user: int
    group: int
    extra_groups: list[int]


class Postgres:
    """A server whose files lie in `home`, below the folder `servers` (place.servers_dir).

    Every call looks at the files, so any process may stop or restart what another one started.
    """

    def __init__(
        self, servers: Path, home: Path, *, port: int | None = None, keeps_data: bool = True
    ) -> None:
        self.servers = servers
        self.home = home
        self.data = home / "data"
        self.log = home / "postgres.log"
        self.port = port
        self.settings = SETTINGS if keeps_data else SETTINGS | FORGETFUL
        self.account = server_account()
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """DATABASE_URL of the running server."""
        password = (self.home / "password").read_text()
        return f"postgres://{USER}:{password}@{LOOPBACK}:{self.port}/{DATABASE}"

    def start(self) -> None:
        """Start it, or do nothing where it runs. The port asked for is taken where free, another one else.

        Raises ServerFailed.
        """
        if self.process() is not None:
            self.port = int(self._pid_file()[3])
            return
        is_new = not self.data.exists()
        if is_new:
            self._create()
        self._clear_leftovers()
        for _ in range(START_TRIES):
            self.port = free_port(self.port)
            self.child = self._launch(self.port)
            if ready(self._is_ready, self.child):
                break
            self.port = None
        else:
            raise failed(f"PostgreSQL did not start {START_TRIES} times", self.log)
        if is_new:
            self._run("createdb", DATABASE, reaching=self._connection())

    def stop(self) -> None:
        """Stop it, ending open sessions; nothing where it does not run."""
        process = self.process()
        if process is not None:
            # SIGINT is PostgreSQL's "fast" shutdown: roll back, write a checkpoint, leave.
            end(process, polite=signal.SIGINT, seconds=STOP_SECONDS)
            reap(self.child)

    def process(self) -> psutil.Process | None:
        """The running server, proven to be the one of this folder."""
        lines = self._pid_file()
        return alive(int(lines[0]), self.data) if lines else None

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _is_ready(self) -> bool:
        lines = self._pid_file()
        return len(lines) > 7 and lines[7].strip() == "ready"

    def _create(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o711)
        password = secrets.token_hex(16)
        (self.home / "password").touch(mode=0o600)
        (self.home / "password").write_text(password)
        # Made beside its place and moved there: a start that was interrupted leaves no half of a database.
        making = self.home / "data.new"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        give(making, self.account)
        password_file = self.home / "password.initdb"
        password_file.touch(mode=0o600)
        password_file.write_text(password)
        give(password_file, self.account)
        try:
            self._run(
                "initdb", "-D", str(making), *INITDB_OPTIONS, "-U", USER, "--pwfile", str(password_file)
            )
        finally:
            password_file.unlink()
        making.rename(self.data)

    def _clear_leftovers(self) -> None:
        """After a kill -9: end orphaned backends, and forget a pid that may be another program's by now."""
        for orphan in living_in(self.data):
            end(orphan, polite=signal.SIGQUIT, seconds=STOP_SECONDS)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _launch(self, port: int) -> subprocess.Popen[bytes]:
        options = [f"--{name}={value}" for name, value in self.settings.items()]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [self._program("postgres"), "-D", str(self.data), "-p", str(port), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=_plain_environment(),
                # A Ctrl-C in the terminal is for the command that uses the server, not for the server.
                start_new_session=True,
                **self._identity(),
            )

    def _run(self, program: str, *arguments: str, reaching: Mapping[str, str] = MappingProxyType({})) -> None:
        done = subprocess.run(
            [self._program(program), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd="/",
            env={**_plain_environment(), **reaching},
            **self._identity(),
        )
        if done.returncode:
            raise ServerFailed(f"{program} failed:\n{done.stdout}{done.stderr}")

    def _connection(self) -> dict[str, str]:
        return {
            "PGHOST": LOOPBACK,
            "PGPORT": str(self.port),
            "PGUSER": USER,
            "PGPASSWORD": (self.home / "password").read_text(),
            "PGDATABASE": "postgres",
        }

    def _program(self, name: str) -> str:
        return str(postgres_programs(self.servers) / name)

    def _identity(self) -> Identity:
        if self.account is None:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}


def _plain_environment() -> dict[str, str]:
    # PGDATA, PGPORT, … of the person's own server must not reach ours.
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}
