"""The start of a sandbox from nothing to seeded, and its orderly end."""

import fcntl
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.sandbox.process import installation as installations
from deploy.sandbox.process.cleanup import clear
from deploy.sandbox.process.health import wait_healthy
from deploy.sandbox.process.installation import Installation
from deploy.sandbox.process.logs import Logs
from deploy.sandbox.process.once import Once
from deploy.sandbox.process.records import Recorded
from deploy.sandbox.process.signals import Ended, end_once
from deploy.sandbox.process.state import CHECKOUT, StateDir, read_json
from deploy.sandbox.process.supervisor import Supervisor, commands
from deploy.sandbox.servers import Postgres, Valkey
from deploy.sandbox.servers.place import servers_dir

PROCFILE = Path(__file__).parents[1] / "Procfile"
# Their world is in their memory: one that died cannot come back as it was.
WORLD = ("aws", "kube")
# Started when there is a world to move in.
LAST = ("traffic",)
WORLD_SECONDS = 60.0
WEB_SECONDS = 120.0


class AlreadyRunning(Exception):
    """The state directory belongs to a sandbox that runs."""


class WorldLost(Exception):
    """The emulated cloud or clusters ended by themselves."""


def run(state: StateDir, profile: str, *, to_terminal: bool) -> int:
    """Start everything, then keep it running until a signal comes. The exit code.

    Raises AlreadyRunning, WorldLost, ServerFailed, NotHealthy, StepFailed after having ended what ran.
    """
    state.make()
    try:
        with end_once(), _only_one(state), ExitStack() as stack:
            stack.callback(clear, state)
            clear(state)
            installation = installations.load_or_create(state, stack)
            sandbox = Sandbox(state, installation, profile, stack, to_terminal=to_terminal)
            sandbox.start()
            sandbox.wait()
    except Ended as ended:
        say(f"{ended}: everything has ended")
        return 0
    return 1


class Sandbox:
    """One start. What it opens, `stack` closes in the reverse order."""

    def __init__(
        self,
        state: StateDir,
        installation: Installation,
        profile: str,
        stack: ExitStack,
        *,
        to_terminal: bool,
    ) -> None:
        self.state = state
        self.installation = installation
        self.to_terminal = to_terminal
        self.stack = stack
        self.profile = profile
        self.lost: list[str] = []
        self.over = threading.Event()
        self.logs = Logs(state.logs, to_terminal=to_terminal)
        stack.callback(self.logs.close)
        self.env = installation.environment(state, **self._servers()) | {"PROFILE": profile}
        self.supervisor = Supervisor(
            self.logs, state.processes, cwd=CHECKOUT, also=Recorded.of("sandbox", os.getpid())
        )
        stack.callback(self.supervisor.stop)

    def start(self) -> None:
        """Bring all up, in the order in which one needs the other."""
        procfile = commands(PROCFILE)
        say("starting the cloud and the clusters")
        self._start(procfile, WORLD, lost=self._on_lost)
        self._wait_for("the AWS stand-in", f"{self.installation.aws_url}/_sandbox/health", WORLD_SECONDS)
        self._wait_for(
            "the Kubernetes stand-in", f"{self.installation.kube_url}/_sandbox/health", WORLD_SECONDS
        )
        seed = self._once("seeding", "-m", "deploy.sandbox", "seed")
        say("migrating the database")
        self._once("manage.py migrate", "manage.py", "migrate", "--no-input", "-v", "0").finish()
        self._once("manage.py ensure_schedules", "manage.py", "ensure_schedules").finish()
        say("starting the product")
        self._start(procfile, [name for name in procfile if name not in (*WORLD, *LAST)])
        self._wait_for("the web process", f"{self.installation.base_url}/healthz/ready", WEB_SECONDS)
        seed.finish(say)
        self._start(procfile, LAST)
        # Without a terminal this goes into a log, where no password belongs: who started it tells.
        if self.to_terminal:
            introduce(self.state)
        self.state.ready.touch()

    def wait(self) -> None:
        """Return never: a signal ends it. Raises WorldLost."""
        self.over.wait()
        raise WorldLost(
            f"{' and '.join(self.lost)} ended by itself and took the world with it; see {self.state.logs}"
        )

    def _servers(self) -> dict[str, str]:
        """URLs of the two servers, started here unless the environment names them."""
        folder = servers_dir(self.state.root)
        given = {name.lower(): os.environ.get(name, "") for name in ("DATABASE_URL", "REDIS_URL")}
        if not given["database_url"]:
            say("starting PostgreSQL")
            postgres = Postgres(folder, folder / "postgres", port=self.installation.ports.postgres)
            self.stack.callback(postgres.stop)
            postgres.start()
            given["database_url"] = postgres.url
        if not given["redis_url"]:
            say("starting Valkey")
            valkey = Valkey(folder / "valkey", port=self.installation.ports.valkey)
            self.stack.callback(valkey.stop)
            valkey.start()
            given["redis_url"] = valkey.url
        return given

    def _start(
        self, procfile: dict[str, str], names: Iterable[str], *, lost: Callable[[str], None] | None = None
    ) -> None:
        for name in names:
            self.supervisor.start(name, procfile[name], self.env, lost=lost)

    def _once(self, what: str, *arguments: str) -> Once:
        step = Once(what, [sys.executable, *arguments], self.env)
        self.stack.callback(step.kill)
        return step

    def _wait_for(self, what: str, url: str, seconds: float) -> None:
        wait_healthy(what, url, seconds=seconds, give_up=self.over.is_set)

    def _on_lost(self, name: str) -> None:
        self.lost.append(name)
        self.over.set()


def introduce(state: StateDir) -> None:
    """Print where the sandbox is and who may sign in."""
    found = read_json(state.credentials)
    people = [(role, found[role]["username"], found[role]["password"]) for role in ("admin", "client", "lab")]
    say("ready\n")
    say(f"  {found['base_url']}\n")
    for role, username, password in people:
        say(f"  {role:<8}{username:<24}{password}")
    if spare := found.get("spare"):
        say(
            f"\n  AWS account {spare['account_id']} ({spare['region']}) with cluster {spare['cluster']} "
            "can be connected: deploy/sandbox/aws/README.md"
        )
    say(f"\n  AWS API {found['aws_endpoint_url']}; kubeconfigs in {state.kubeconfigs}; logs in {state.logs}")
    say(f"  letters that the product mails (invitations, new passwords) in {state.mail}")


def say(text: str) -> None:
    """A line of progress."""
    print(text, flush=True)


@contextmanager
def _only_one(state: StateDir) -> Iterator[None]:
    with state.lock.open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"a sandbox already runs in {state.root}: `make down` ends it") from None
        yield
