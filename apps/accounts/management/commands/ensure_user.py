import os
from typing import Any

from django.core.management.base import CommandError, CommandParser

from apps.accounts.models import Role
from apps.accounts.selectors.tenants import client_named
from apps.accounts.services.ensuring import ensure_user
from atharva.commands import JsonCommand


class Command(JsonCommand):
    help = "Make sure that a person of this username exists, with this role, tenant and password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--client", metavar="NAME", help="the tenant; needed for role client")
        parser.add_argument("--name", default="", help="as shown to others")
        # A password in the arguments could be read in the list of processes.
        parser.add_argument("--password-env", required=True, metavar="VARIABLE", help="holds the password")

    def answer(self, **options: Any) -> dict[str, object]:
        password = os.environ.get(options["password_env"], "")
        if not password:
            raise CommandError(f"The environment variable {options['password_env']} holds no password.")
        user = ensure_user(
            options["username"],
            role=Role(options["role"]),
            client=client_named(options["client"]) if options["client"] else None,
            name=options["name"],
            password=password,
        )
        return {"user_id": user.id, "username": user.username}
