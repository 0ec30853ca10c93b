"""A forgotten password, replaced by who reads the person's mail."""

from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.http import urlsafe_base64_decode
from kombu.exceptions import OperationalError

from ..errors import MailUnavailable, ResetLinkVoid
from ..links import reset_tokens
from ..mail.notices import Notice
from ..models import User
from ..passwords import check_password_strength
from ..tasks import mail
from . import audit
from .sessions import end_sessions


def ask_for_link(name: str) -> None:
    """Have a link mailed to whoever has this username or address.

    Whether anybody has is looked up by a worker: who asks cannot tell, not even by the time that it takes.
    Raises MailUnavailable where no worker can be asked.
    """
    try:
        mail.send_password_reset.delay(name)
    except OperationalError as error:
        raise MailUnavailable from error


def holder_of(person_key: str, token: str) -> User:
    """The person whose password a link may replace. Raises ResetLinkVoid."""
    return _holder(User.objects.all(), person_key, token)


def reset_password(person_key: str, token: str, *, password: str) -> User:
    """Replace the password of a link's person and end all their sessions. The link is used up.

    Raises ResetLinkVoid, PasswordRefused.
    """
    # Before anything is locked: it asks a service elsewhere.
    check_password_strength(password, holder_of(person_key, token))
    return _reset(person_key, token, password)


@transaction.atomic
def _reset(person_key: str, token: str, password: str) -> User:
    # Locked: of two who follow the link at once, one changes the password.
    user = _holder(User.objects.select_for_update(), person_key, token)
    user.set_password(password)
    user.email_proven_at = timezone.now()
    user.save(update_fields=["password", "email_proven_at"])
    audit.record("password_reset", target=user, by=user, client=user.client)
    end_sessions(user)
    notice = partial(mail.send_notice.delay, str(user.pk), Notice.PASSWORD_CHANGED)
    transaction.on_commit(notice, robust=True)
    return user


def _holder(people: QuerySet[User], person_key: str, token: str) -> User:
    try:
        user = people.filter(pk=urlsafe_base64_decode(person_key).decode()).first()
    except (ValueError, ValidationError):  # not a key that we made
        user = None
    if user is None or not user.is_active or not reset_tokens.check_token(user, token):
        raise ResetLinkVoid
    return user
