"""Processes that live or died, and a Redis that may be stopped."""

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from apps.pipeline.models import Heartbeat
from atharva.live import publishing
from deploy.sandbox.servers import Valkey
from deploy.sandbox.servers.place import servers_dir

EVERYBODY = (
    "beat",
    "watcher",
    "interruptions",
    "worker_default",
    "worker_switches",
    "worker_solver",
    "worker_ingest",
)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def process(db: None, now: datetime) -> Callable[..., Heartbeat]:
    """A process that was last heard `ago`."""

    def make(kind: str, *, ago: timedelta = timedelta(), pid: int = 1, **columns: object) -> Heartbeat:
        at = now - ago
        row: Heartbeat = Heartbeat.objects.create(
            process=f"{kind}@host:{pid}", kind=kind, started_at=at, beat_at=at, **columns
        )
        return row

    return make


@pytest.fixture
def all_alive(process: Callable[..., Heartbeat]) -> None:
    """One of each kind, each a process of its own."""
    for pid, kind in enumerate(EVERYBODY):
        process(kind, pid=pid, slots=2, busy=0.5)


@pytest.fixture
def fresh_cache(settings: Settings) -> None:
    """What one test asked and was answered is not another's."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": uuid.uuid4().hex}}


@pytest.fixture
def own_redis(tmp_path: Path, settings: Settings) -> Iterator[Valkey]:
    """A server that a test may stop or freeze; what is published goes to it."""
    server = Valkey(servers_dir(tmp_path) / "valkey")
    server.start()
    settings.REDIS_URL = server.url
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": server.url}}
    _forget_connections()
    yield server
    server.stop()
    settings.CACHES = {"default": {**settings.CACHES["default"]}}
    _forget_connections()


def _forget_connections() -> None:
    publishing.connection.cache_clear()
    publishing.append.cache_clear()
