"""The letter with which a forgotten password is replaced."""

from django.db.models import Q
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from ..links import RESET_LINK_HOLDS, reset_tokens
from ..models import User, UserStatus
from .sending import absolute, send

# Several people may share an address; nobody's mailbox is to be filled through us.
MOST_LETTERS = 5


def send_password_reset(name: str) -> None:
    """Mail a link to whoever has this username or e-mail address; nothing where nobody active has it.

    Raises OSError where no mail can be sent.
    """
    named = User.objects.filter(Q(username__iexact=name) | Q(email__iexact=name))
    for user in named.filter(status=UserStatus.ACTIVE, deleted_at=None).exclude(email="")[:MOST_LETTERS]:
        key = [urlsafe_base64_encode(force_bytes(user.pk)), reset_tokens.make_token(user)]
        send(
            "password_reset",
            to=user.email,
            subject="Choose a new password for Atharva.AI",
            user=user,
            url=absolute(reverse("accounts:reset_password", args=key)),
            minutes=int(RESET_LINK_HOLDS.total_seconds() // 60),
        )
