from typing import Any

from django.core.management.base import CommandParser

from apps.accounts.errors import PersonUnknown
from apps.accounts.models import User
from apps.accounts.services.second_factor import is_enrolled, take_away
from atharva.commands import JsonCommand


class Command(JsonCommand):
    help = "Remove the second factor of somebody who has lost their device and their recovery codes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def answer(self, **options: Any) -> dict[str, object]:
        username = options["username"]
        user = User.objects.filter(username__iexact=username, deleted_at=None).first()
        if user is None:
            raise PersonUnknown(username=username)
        had_one = is_enrolled(user)
        take_away(user, by=None)
        return {"username": user.username, "removed": had_one}
