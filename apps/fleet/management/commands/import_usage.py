from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from apps.accounts.selectors.tenants import client_named
from apps.fleet.services.usage_import import import_usage
from atharva.commands import JsonCommand


class Command(JsonCommand):
    help = "Import an extract of a Cost and Usage Report (csv or csv.gz). Importing it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--client", required=True, metavar="NAME")
        parser.add_argument("file", type=Path)

    def answer(self, **options: Any) -> dict[str, object]:
        imported = import_usage(client_named(options["client"]), options["file"])
        return {"lines": imported.lines, "entries": imported.entries}
