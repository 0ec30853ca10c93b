from typing import Any

from django.core.management.base import CommandError, CommandParser

from apps.accounts.selectors.tenants import client_named
from apps.fleet.services.access_policy import documents_of, permission_policy
from apps.fleet.services.connecting import account_named
from atharva.commands import JsonCommand


class Command(JsonCommand):
    help = "Print the IAM policies of the role that the platform assumes: what it may do and whom it trusts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--client", metavar="NAME", help="with --account: also whom its role trusts")
        parser.add_argument("--account", metavar="NAME")

    def answer(self, **options: Any) -> dict[str, object]:
        client, account = options["client"], options["account"]
        if bool(client) != bool(account):
            raise CommandError("--client and --account belong together.")
        if not account:
            return {"policy": permission_policy(), "trust": None}
        documents = documents_of(account_named(client_named(client), account))
        return {"policy": documents.policy, "trust": documents.trust}
