from typing import Any

from django.core.management.base import BaseCommand

from apps.fleet.services.checkup import check_up


class Command(BaseCommand):
    help = "Check the installation; one line for each thing, exit code 1 where one needs attention."
    # An unmigrated database is one of its findings, not a reason to refuse.
    requires_migrations_checks = False

    def handle(self, *args: Any, **options: Any) -> None:
        problems = 0
        for finding in check_up():
            problems += not finding.ok
            style = self.style.SUCCESS if finding.ok else self.style.ERROR
            self.stdout.write(style(str(finding)))
        if problems:
            raise SystemExit(1)
