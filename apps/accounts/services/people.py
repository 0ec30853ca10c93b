"""What happens to people: every change is in the trail and ends the sessions that it must."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from atharva.live import session_changed

from ..errors import PasswordRefused, PersonInvalid
from ..models import Client, Role, User, UserStatus
from . import audit


@transaction.atomic
def ensure_client(name: str) -> Client:
    """The living client of this name, created where there is none."""
    client, created = Client.objects.get_or_create(name=name, deleted_at=None)
    if created:
        audit.record("client_created", target=client, by=None, client=client)
    return client


@transaction.atomic
def ensure_user(username: str, *, role: Role, client: Client | None, name: str, password: str) -> User:
    """The person of this username, with this role, tenant, name and password; created where there is none.

    Raises PasswordRefused, PersonInvalid.
    """
    user = User.objects.select_for_update().filter(username=username).first() or User(username=username)
    created = user._state.adding
    before = _described(user)
    user.role, user.client, user.name = role, client, name or user.name
    _check(user, password)
    same_password = not created and user.check_password(password)
    if not same_password:
        user.set_password(password)
    user.save()
    if created:
        audit.record("user_created", target=user, by=None, client=client, after=_described(user))
    elif not same_password or before != _described(user):
        was, now = audit.difference(before, _described(user))
        audit.record("user_changed", target=user, by=None, client=client, before=was, after=now)
        transaction.on_commit(lambda: session_changed(user.pk))
    return user


@transaction.atomic
def set_status(user: User, status: UserStatus, *, by: User) -> None:
    """Block or open an account. Blocking ends every session, token and socket of it at once."""
    if user.status == status:
        return
    before, user.status = user.status, status
    user.save(update_fields=["status"])
    audit.record(
        "user_blocked" if status == UserStatus.BLOCKED else "user_opened",
        target=user,
        by=by,
        client=user.client,
        before={"status": before},
        after={"status": status},
    )
    transaction.on_commit(lambda: session_changed(user.pk))


@transaction.atomic
def set_password(user: User, password: str, *, by: User) -> None:
    """Change a password. Ends every session, token and socket of the person. Raises PasswordRefused."""
    _check(user, password)
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record("password_changed", target=user, by=by, client=user.client)
    transaction.on_commit(lambda: session_changed(user.pk))


def _described(user: User) -> dict[str, object]:
    return {
        "role": user.role,
        "name": user.name,
        "client_id": str(user.client_id) if user.client_id else None,
    }


def _check(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise PasswordRefused(why=" ".join(error.messages)) from error
    if user.role == Role.CLIENT and user.client is None:
        raise PersonInvalid(username=user.username, why="a person of role client needs a client.")
    try:
        user.clean_fields(exclude=["password", "client", "email"])
    except ValidationError as error:
        why = " ".join(f"{field}: {' '.join(messages)}" for field, messages in error.message_dict.items())
        raise PersonInvalid(username=user.username, why=why) from error
