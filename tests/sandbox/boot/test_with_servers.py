"""`with-servers`: a command finds both servers, its exit code comes back, nothing stays."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.sandbox.servers import Postgres, Valkey
from deploy.sandbox.servers.daemon import is_running, wait_until
from deploy.sandbox.servers.place import servers_dir
from deploy.sandbox.with_servers import run

CHECKOUT = Path(__file__).resolve().parents[3]
USES_BOTH = (
    "import os, psycopg, redis;"
    "psycopg.connect(os.environ['DATABASE_URL']).execute('SELECT 1');"
    "redis.Redis.from_url(os.environ['REDIS_URL']).ping();"
)


@pytest.fixture(autouse=True)
def _no_servers_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The state directory of a checkout whose path has a space."""
    folder = tmp_path_factory.mktemp("check out")
    yield folder
    shutil.rmtree(servers_dir(folder))


def homes(state: Path) -> list[Path]:
    return list((servers_dir(state) / "running").iterdir())


def start(state: Path, program: str) -> subprocess.Popen[str]:
    """A `with-servers` of its own process, whose command has said that it runs."""
    code = "import sys; from pathlib import Path; from deploy.sandbox.with_servers import run"
    call = f"sys.exit(run({[sys.executable, '-c', program]!r}, Path({str(state)!r})))"
    process = subprocess.Popen(
        [sys.executable, "-c", f"{code}; {call}"], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "running\n"
    return process


WAITS = "print('running', flush=True); import signal; signal.pause()"


@pytest.mark.parametrize("code", [0, 3])
def test_exit_code_of_the_command_comes_back(state: Path, code: int) -> None:
    assert run([sys.executable, "-c", f"{USES_BOTH} raise SystemExit({code})"], state) == code
    assert homes(state) == []


def test_a_command_that_does_not_exist_is_127(state: Path) -> None:
    assert run(["no-such-command"], state) == 127
    assert homes(state) == []


def test_keys_are_generated_where_none_are_set(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIELD_ENCRYPTION_KEY", raising=False)
    monkeypatch.setenv("SECRET_KEY", "mine")
    check = (
        "import base64, os;"
        "assert len(base64.urlsafe_b64decode(os.environ['FIELD_ENCRYPTION_KEY'])) == 32;"
        "assert os.environ['SECRET_KEY'] == 'mine'"
    )
    assert run([sys.executable, "-c", check], state) == 0


def test_servers_named_by_the_environment_are_used(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/db")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")
    check = (
        "import os;"
        "assert os.environ['DATABASE_URL'] == 'postgres://elsewhere/db';"
        "assert os.environ['REDIS_URL'] == 'redis://elsewhere/0'"
    )
    assert run([sys.executable, "-c", check], state) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_command_and_the_servers(state: Path, number: signal.Signals) -> None:
    process = start(state, WAITS)
    [home] = homes(state)
    postgres = Postgres(servers_dir(state), home / "postgres").process()
    assert postgres is not None
    process.send_signal(number)
    assert process.wait(30) == 128 + number
    assert not is_running(postgres)
    assert homes(state) == []


def test_what_a_killed_owner_left_is_swept_by_the_next(state: Path) -> None:
    killed = start(state, "import os; print('running', flush=True); os.kill(os.getppid(), 9)")
    killed.wait(10)
    [home] = homes(state)
    left = [Postgres(servers_dir(state), home / "postgres").process(), Valkey(home / "valkey").process()]
    assert all(isinstance(process, psutil.Process) for process in left)

    assert run([sys.executable, "-c", USES_BOTH], state) == 0
    assert homes(state) == []
    assert wait_until(lambda: not any(process and is_running(process) for process in left), 10)


def test_a_living_owner_is_not_swept(state: Path) -> None:
    first = start(state, WAITS)
    assert run([sys.executable, "-c", USES_BOTH], state) == 0
    assert len(homes(state)) == 1
    os.kill(first.pid, signal.SIGTERM)
    first.wait(30)
    assert homes(state) == []
