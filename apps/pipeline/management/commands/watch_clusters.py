from typing import Any

from django.core.management.base import BaseCommand

from apps.pipeline.watch.process import run_until_signalled
from apps.pipeline.watch.supervisor import Supervisor


class Command(BaseCommand):
    help = "Follow the nodes and pods of every cluster. Run as many as you like: they share the clusters."
    # Checks load every page of the site; a watcher that takes over has no time for them.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        run_until_signalled(lambda ending: Supervisor(ending).run())
