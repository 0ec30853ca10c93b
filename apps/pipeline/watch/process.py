"""The life of a process that watches: until a signal, then out within moments."""

import gc
import signal
import threading
from collections.abc import Callable
from typing import cast

from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper

from ..health.heartbeats import leave


def keep_what_was_imported() -> None:
    """Half a million objects that stay as long as the process: no collection need look at them again."""
    gc.collect()
    gc.freeze()


def run_until_signalled(run: Callable[[threading.Event], None]) -> None:
    """Call `run` with an event that SIGTERM and SIGINT set; returns when `run` does."""
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    keep_what_was_imported()
    run(ending)
    leave()
    # Left open, the pool keeps the interpreter waiting for its threads for five seconds.
    connection.close()
    cast(DatabaseWrapper, connection).close_pool()
