"""Credentials at rest: a text column that the database only ever sees encrypted."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


@lru_cache(maxsize=1)
def cipher() -> MultiFernet:
    """Encrypts with the newest key of FIELD_ENCRYPTION_KEY and decrypts with any of them (key rotation)."""
    return MultiFernet([Fernet(key) for key in settings.FIELD_ENCRYPTION_KEYS])


if TYPE_CHECKING:
    Text = models.TextField[str, str]  # only the type stubs know the field as generic
else:
    Text = models.TextField


class EncryptedTextField(Text):
    """Text that is encrypted (Fernet: AES-128-CBC with HMAC) on its way into the database."""

    def get_prep_value(self, value: Any) -> str | None:
        text = super().get_prep_value(value)
        return cipher().encrypt(text.encode()).decode() if text else text

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        return cipher().decrypt(value.encode()).decode() if value else value
