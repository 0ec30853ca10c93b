from typing import Any

from django.core.management.base import BaseCommand

from apps.pipeline.health.rounds import Rounds
from apps.pipeline.watch.process import run_until_signalled


class Command(BaseCommand):
    help = "Check the ten components, round by round. Run two: one checks, the other stands by."
    # Checks load every page of the site; who takes over has no time for them.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        run_until_signalled(lambda ending: Rounds(ending).run())
