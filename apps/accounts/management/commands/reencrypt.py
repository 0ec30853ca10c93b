from typing import Any

from apps.accounts.services.reencrypting import reencrypt
from atharva.commands import JsonCommand


class Command(JsonCommand):
    help = "Write every stored credential anew with the first key of FIELD_ENCRYPTION_KEY."

    def answer(self, **options: Any) -> dict[str, object]:
        return {"written": reencrypt()}
