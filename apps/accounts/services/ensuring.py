"""People and tenants as an installation's own scripts want them to be, whatever there was before."""

from django.core.exceptions import ValidationError
from django.db import transaction

from ..errors import PersonInvalid
from ..models import Client, Role, User
from ..passwords import check_password_strength
from . import audit
from .sessions import end_sessions


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
    living = User.objects.select_for_update(no_key=True).filter(username__iexact=username, deleted_at=None)
    user = living.first() or User(username=username)
    created = user._state.adding
    before = _described(user)
    user.role, user.client, user.name = role, client, name or user.name
    check_password_strength(password, user)
    _check(user)
    same_password = not created and user.check_password(password)
    if not same_password:
        user.set_password(password)
    user.save()
    if created:
        audit.record("user_created", target=user, by=None, client=client, after=_described(user))
    elif not same_password or before != _described(user):
        was, now = audit.difference(before, _described(user))
        audit.record("user_changed", target=user, by=None, client=client, before=was, after=now)
        end_sessions(user)
    return user


def _described(user: User) -> dict[str, object]:
    return {
        "role": user.role,
        "name": user.name,
        "client_id": str(user.client_id) if user.client_id else None,
    }


def _check(user: User) -> None:
    if user.role == Role.CLIENT and user.client is None:
        raise PersonInvalid(username=user.username, why="a person of role client needs a client.")
    try:
        user.clean_fields(exclude=["password", "client", "email"])
    except ValidationError as error:
        why = " ".join(f"{field}: {' '.join(messages)}" for field, messages in error.message_dict.items())
        raise PersonInvalid(username=user.username, why=why) from error
