"""Secrets in mailed links: random, kept as hashes, compared in constant time."""

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.utils.crypto import constant_time_compare
from django.utils.http import base36_to_int

from .models import User

SECRET_BYTES = 32
RESET_LINK_HOLDS = timedelta(hours=1)


def new_secret() -> str:
    """What nobody can guess, in letters that a link bears."""
    return secrets.token_urlsafe(SECRET_BYTES)


def digest_of(secret: str) -> str:
    """What is kept of a secret: 64 hexadecimal digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_same_digest(one: str, other: str) -> bool:
    """Takes as long for a near miss as for a far one. "" stands for no secret yet, and is never the same."""
    return constant_time_compare(one, other) and one != ""


class ResetTokens(PasswordResetTokenGenerator):
    """Signed, not stored: one holds for RESET_LINK_HOLDS, until the person signs in or changes."""

    key_salt = "accounts.links.ResetTokens"

    def check_token(self, user: User | None, token: str | None) -> bool:
        if not token or not super().check_token(user, token):
            return False
        made, _ = token.split("-")
        return self._num_seconds(self._now()) - base36_to_int(made) <= RESET_LINK_HOLDS.total_seconds()

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        # Django's: password, last sign-in, e-mail. Ours: whatever else ends a person's sessions.
        return f"{super()._make_hash_value(user, timestamp)}{user.generation}{user.role}{user.status}"


reset_tokens = ResetTokens()
