"""Generated keys and passwords. Nothing in the sandbox has a default one."""

import base64
import secrets

SECRET_BYTES = 48
FIELD_KEY_BYTES = 32
# Read aloud or copied by hand: no l, 1, O, 0.
LEGIBLE = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
PASSWORD_LENGTH = 16


def secret() -> str:
    """A SECRET_KEY."""
    return secrets.token_urlsafe(SECRET_BYTES)


def field_key() -> str:
    """A FIELD_ENCRYPTION_KEY: 32 bytes as URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(FIELD_KEY_BYTES)).decode()


def password() -> str:
    """A password a person can type."""
    return "".join(secrets.choice(LEGIBLE) for _ in range(PASSWORD_LENGTH))
