"""What people change of their own account."""

from functools import partial

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from ..errors import CurrentPasswordWrong, NothingToChange, PersonInvalid, UsernameTaken
from ..mail.notices import Notice
from ..models import User
from ..passwords import check_password_strength
from ..tasks import mail
from . import audit
from .sessions import end_sessions

# Each goes to the address as it was: in case it was not the person.
NOTICES = {
    "username": Notice.USERNAME_CHANGED,
    "email": Notice.EMAIL_CHANGED,
    "password": Notice.PASSWORD_CHANGED,
}


def change_profile(
    user: User, *, current_password: str, new_username: str = "", new_password: str = "", new_email: str = ""
) -> User:
    """The person with what is new; what is left empty stays. Every session and token of theirs ends.

    Raises CurrentPasswordWrong, PersonInvalid, PasswordRefused, NothingToChange, UsernameTaken.
    """
    # A row of its own: whoever passed `user` goes on to show it where something is refused.
    person = User.objects.select_related("client").get(pk=user.pk)
    if not person.check_password(current_password):
        raise CurrentPasswordWrong
    before = {"username": person.username, "email": person.email}
    after = {"username": new_username or person.username, "email": new_email or person.email}
    person.username, person.email = after["username"], after["email"]
    if before["email"] != after["email"]:
        person.email_proven_at = None
    _check(person)
    if new_password:
        check_password_strength(new_password, person)
        person.set_password(new_password)
        after |= {"password": "changed"}  # that it was, never to what
    was, now = audit.difference(before, after)
    if not now:
        raise NothingToChange
    _keep(person, was, now, address=before["email"])
    return person


@transaction.atomic
def _keep(person: User, was: dict[str, object], now: dict[str, object], *, address: str) -> None:
    try:
        with transaction.atomic():
            person.save(update_fields=["username", "email", "email_proven_at", "password"])
    except IntegrityError as error:
        raise UsernameTaken(username=person.username) from error
    audit.record("profile_changed", target=person, by=person, client=person.client, before=was, after=now)
    end_sessions(person)
    for field in now:
        notice = partial(mail.send_notice.delay, str(person.pk), NOTICES[field], address)
        transaction.on_commit(notice, robust=True)


def _check(person: User) -> None:
    try:
        person.clean_fields(exclude=["password", "client"])
    except ValidationError as error:
        raise PersonInvalid(username=person.username, why=" ".join(error.messages)) from error
