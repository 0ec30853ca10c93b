"""Doing a thing once at a time across all workers."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from .errors import AlreadyRunning


@contextmanager
def only_one(what: str) -> Iterator[None]:
    """Hold the name `what` in the database while the block runs; a dead worker's hold ends with its session.

    Raises AlreadyRunning where another worker holds it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [what])
        if not cursor.fetchone()[0]:
            raise AlreadyRunning(what=what)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [what])
