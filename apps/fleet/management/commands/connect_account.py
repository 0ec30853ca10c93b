from typing import Any

from django.core.management.base import CommandParser

from apps.accounts.selectors.tenants import client_named
from apps.fleet.services.connecting import AccountDetails, connect_account
from atharva.commands import JsonCommand


class Command(JsonCommand):
    help = "Connect an AWS account of a client, or change how it is reached."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--client", required=True, metavar="NAME")
        parser.add_argument("--name", required=True, help="of the account, for people")
        parser.add_argument("--account-id", required=True, help="twelve digits")
        parser.add_argument("--role-arn", required=True, help="the role that the platform assumes")
        parser.add_argument("--external-id", required=True, help="that the role's trust policy asks for")
        parser.add_argument("--regions", required=True, help="separated by commas")
        parser.add_argument("--queue-url", default="", help="SQS queue of the account's EC2 events")

    def answer(self, **options: Any) -> dict[str, object]:
        details = AccountDetails(
            name=options["name"],
            account_id=options["account_id"],
            role_arn=options["role_arn"],
            external_id=options["external_id"],
            regions=[region.strip() for region in options["regions"].split(",") if region.strip()],
            queue_url=options["queue_url"],
        )
        return {"account_id": connect_account(client_named(options["client"]), details, by=None).id}
