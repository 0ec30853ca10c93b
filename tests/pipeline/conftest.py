"""What the tests of the loops share."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import pytest
from django.db import connections


class Holding(Protocol):
    def __call__(self, what: str) -> AbstractContextManager[None]: ...


@pytest.fixture
def another_worker(transactional_db: None) -> Holding:
    """Holds a name in the database as another worker's session would."""

    @contextmanager
    def hold(what: str) -> Iterator[None]:
        other = connections.create_connection("default")
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [what])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock_all()")
        other.close()

    return hold
