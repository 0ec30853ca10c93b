from typing import Any

from django.core.management.base import BaseCommand

from apps.pipeline.watch.process import run_until_signalled
from apps.pipeline.watch.queues import QueueReaders


class Command(BaseCommand):
    help = "Read the accounts' queues of EC2 events and act on them. Run as many as you like."
    # Checks load every page of the site; a reader that is started again has no time for them.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        run_until_signalled(lambda ending: QueueReaders(ending).run())
