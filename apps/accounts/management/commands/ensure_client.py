from typing import Any

from django.core.management.base import CommandParser

from apps.accounts.services.ensuring import ensure_client
from atharva.commands import JsonCommand


class Command(JsonCommand):
    help = "Make sure that a client (tenant) of this name exists."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")

    def answer(self, **options: Any) -> dict[str, object]:
        return {"client_id": ensure_client(options["name"]).id}
