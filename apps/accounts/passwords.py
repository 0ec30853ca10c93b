"""What a password must be, and making one that is."""

import secrets

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from pwned_passwords_django.api import PwnedPasswords
from pwned_passwords_django.validators import PwnedPasswordsValidator

from .errors import PasswordRefused
from .models import User

# Without the letters and digits that people take for one another: 4.95 bits each, 99 bits in twenty.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP_LENGTH = 5, 4


def generate_password() -> str:
    """A password of 99 random bits that can be read out: five groups of four letters and digits."""
    groups = ("".join(secrets.choice(LETTERS) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
    return "-".join(groups)


def check_password_strength(password: str, user: User) -> None:
    """Raises PasswordRefused, naming everything that is wrong with `password` for this person."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise PasswordRefused(why=" ".join(error.messages)) from error


class BreachedPasswordValidator(PwnedPasswordsValidator):  # type: ignore[misc]  # the library has no types
    """Refuses what is in a known breach; the first five digits of a hash are all that leaves the machine.

    Where the service does not answer within a second, the password is taken unless it is a common one.
    """

    def __init__(self, endpoint: str) -> None:
        client = PwnedPasswords()
        client.api_endpoint = endpoint
        super().__init__(
            error_message="This password was found in a breach of another site.",
            help_message="Your password can't be one that was found in a breach of another site.",
            api_client=client,
        )
