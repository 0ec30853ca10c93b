"""Both servers for the length of one command, with data that is thrown away afterwards."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from deploy.sandbox.servers.place import servers_dir
from deploy.sandbox.servers.postgres import Postgres
from deploy.sandbox.servers.valkey import Valkey


@contextmanager
def temporary_servers(state_dir: Path, given: Mapping[str, str] = os.environ) -> Iterator[dict[str, str]]:
    """DATABASE_URL and REDIS_URL of servers that live until the block ends.

    A server that `given` names already is used instead of one of ours.
    """
    urls = {name: given[name] for name in ("DATABASE_URL", "REDIS_URL") if given.get(name)}
    if len(urls) == 2:
        yield urls
        return
    servers = servers_dir(state_dir)
    sweep(servers)
    with _claimed_home(servers) as home, ExitStack() as stack:
        if "DATABASE_URL" not in urls:
            postgres = Postgres(servers, home / "postgres", keeps_data=False)
            stack.callback(postgres.stop)
            postgres.start()
            urls["DATABASE_URL"] = postgres.url
        if "REDIS_URL" not in urls:
            valkey = Valkey(home / "valkey")
            stack.callback(valkey.stop)
            valkey.start()
            urls["REDIS_URL"] = valkey.url
        yield urls


def sweep(servers: Path) -> None:
    """Stop and remove what owners that were killed left behind."""
    for home in _homes(servers).iterdir():
        # An owner holds its lock as long as it lives, so a lock to be had is a dead owner's.
        with suppress(BlockingIOError, FileNotFoundError), (home / "lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            Postgres(servers, home / "postgres").stop()
            Valkey(home / "valkey").stop()
            shutil.rmtree(home)


@contextmanager
def _claimed_home(servers: Path) -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(dir=_homes(servers)))
    home.chmod(0o711)
    with (home / "unclaimed").open("wb") as lock:
        # Named "lock" only once it is held, so that no sweep can come between.
        fcntl.flock(lock, fcntl.LOCK_EX)
        (home / "unclaimed").rename(home / "lock")
        try:
            yield home
        finally:
            shutil.rmtree(home)


def _homes(servers: Path) -> Path:
    homes = servers / "running"
    homes.mkdir(exist_ok=True, mode=0o711)
    homes.chmod(0o711)
    return homes
