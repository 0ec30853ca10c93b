"""PostgreSQL and Valkey from wheels: started, stopped, killed, crowded."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from deploy.sandbox.servers import Postgres, ServerFailed, Valkey
from deploy.sandbox.servers.daemon import is_running, wait_until
from deploy.sandbox.servers.place import servers_dir


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The servers folder of a checkout whose path has a space and is closed to other accounts."""
    home = tmp_path_factory.mktemp("closed")
    home.chmod(0o700)
    state = home / "check out" / ".sandbox"
    state.mkdir(parents=True)
    folder = servers_dir(state)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def servers(programs: Path) -> Iterator[Path]:
    """The same folder with no server in it yet."""
    yield programs
    for home in programs.glob("pg*"):
        Postgres(programs, home).stop()
        shutil.rmtree(home)
    for home in programs.glob("valkey*"):
        Valkey(home).stop()
        shutil.rmtree(home)


def answer(postgres: Postgres, query: str) -> object:
    with psycopg.connect(postgres.url) as connection:
        row = connection.execute(query).fetchone()
        return row and row[0]


def test_postgres_keeps_its_data_over_a_stop(servers: Path) -> None:
    postgres = Postgres(servers, servers / "pg")
    postgres.start()
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    port = postgres.port
    postgres.stop()
    assert postgres.process() is None

    again = Postgres(servers, servers / "pg", port=port)
    again.start()
    assert answer(again, "SELECT answer FROM kept") == 42
    assert again.port == port


def test_postgres_comes_back_after_a_kill(servers: Path) -> None:
    postgres = Postgres(servers, servers / "pg")
    postgres.start()
    killed = postgres.process()
    assert killed is not None
    killed.kill()
    assert wait_until(lambda: not is_running(killed), 10)
    assert (postgres.data / "postmaster.pid").exists()

    postgres.start()
    assert answer(postgres, "SELECT 1") == 1


def test_a_pid_that_is_somebody_elses_by_now_is_left_alone(servers: Path) -> None:
    postgres = Postgres(servers, servers / "pg")
    postgres.start()
    postgres.stop()
    lines = ["1", str(postgres.data), "0", "5432", "", "127.0.0.1", "", "ready"]
    (postgres.data / "postmaster.pid").write_text("\n".join(lines))

    assert postgres.process() is None
    postgres.start()
    assert answer(postgres, "SELECT 1") == 1


def test_a_taken_port_is_not_fought_over(servers: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        postgres = Postgres(servers, servers / "pg", port=port)
        valkey = Valkey(servers / "valkey", port=port)
        postgres.start()
        valkey.start()
    assert answer(postgres, "SELECT 1") == 1
    assert redis.Redis.from_url(valkey.url).ping()
    assert port not in {postgres.port, valkey.port}


def test_two_at_once_do_not_collide(servers: Path) -> None:
    first, second = (Postgres(servers, servers / name) for name in ("pg-1", "pg-2"))
    first.start()
    second.start()
    with psycopg.connect(first.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE mine ()")
    assert answer(second, "SELECT to_regclass('mine')") is None
    first.stop()
    assert answer(second, "SELECT 1") == 1


def test_starting_twice_starts_once(servers: Path) -> None:
    first = Postgres(servers, servers / "pg")
    first.start()
    second = Postgres(servers, servers / "pg")
    second.start()
    assert second.url == first.url


def test_postgres_refuses_a_stranger(servers: Path) -> None:
    postgres = Postgres(servers, servers / "pg")
    postgres.start()
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgres://atharva:guess@127.0.0.1:{postgres.port}/atharva")


def test_valkey_refuses_a_stranger_and_survives_a_kill(servers: Path) -> None:
    valkey = Valkey(servers / "valkey")
    valkey.start()
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(f"redis://127.0.0.1:{valkey.port}/0").ping()
    killed = valkey.process()
    assert killed is not None
    killed.kill()
    assert wait_until(lambda: not is_running(killed), 10)

    url = valkey.url
    valkey.start()
    assert redis.Redis.from_url(url).ping()


def test_a_server_that_cannot_start_says_why(servers: Path) -> None:
    postgres = Postgres(servers, servers / "pg")
    postgres.start()
    postgres.stop()
    (postgres.data / "postgresql.auto.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(ServerFailed, match="no_such_setting"):
        postgres.start()
