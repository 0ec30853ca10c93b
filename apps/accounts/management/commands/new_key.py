from typing import Any

from cryptography.fernet import Fernet

from atharva.commands import JsonCommand


class Command(JsonCommand):
    help = "Print a new key for FIELD_ENCRYPTION_KEY. Put it before the present one, separated by a comma."

    def answer(self, **options: Any) -> dict[str, object]:
        return {"key": Fernet.generate_key().decode()}
