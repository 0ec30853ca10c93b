"""The base of commands that programs call: one line of JSON, or one clear sentence and exit code 1."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from atharva.api.problems import Problem


class JsonCommand(BaseCommand):
    """A subclass answers what to print."""

    def answer(self, **options: Any) -> dict[str, object]:
        """Do the work. A Problem becomes the command's one sentence."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(json.dumps(self.answer(**options), default=str))
        except Problem as problem:
            raise CommandError(problem.sentence) from problem
