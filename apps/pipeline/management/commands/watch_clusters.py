import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from apps.pipeline.watch.supervisor import Supervisor


class Command(BaseCommand):
    help = "Follow the nodes of every cluster. Run as many as you like: they share the clusters."
    # Checks load every page of the site; a watcher that takes over has no time for them.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        ending = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ending.set())
        Supervisor(ending).run()
