import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from apps.pipeline.watch.queues import QueueReaders


class Command(BaseCommand):
    help = "Read the accounts' queues of EC2 events and act on them. Run as many as you like."
    # Checks load every page of the site; a watcher that takes over has no time for them.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        ending = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ending.set())
        QueueReaders(ending).run()
