"""A company begins by itself: its tenant, and the first person in it."""

from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q

from ..errors import CompanyTaken, EmailTaken, PersonInvalid, SignUpClosed
from ..models import Client, Role, User
from ..passwords import check_password_strength, generate_password
from . import audit


@dataclass(frozen=True, slots=True)
class SignedUp:
    """`password` is what the person signs in with from now on; nobody can read it anywhere again."""

    client: Client
    user: User
    password: str


def sign_up(company: str, email: str, name: str, password: str | None = None) -> SignedUp:
    """Make a tenant and its first person, whose username is the address; without a password one is made.

    Raises SignUpClosed, PersonInvalid, PasswordRefused, CompanyTaken, EmailTaken.
    """
    if not settings.SIGN_UP_OPEN:
        raise SignUpClosed
    client = Client(name=company.strip())
    user = User(username=email.lower(), email=email.lower(), name=name, role=Role.CLIENT, client=client)
    _check(client, user)
    if password:
        check_password_strength(password, user)
    chosen = password or generate_password()
    user.set_password(chosen)
    _make(client, user)
    return SignedUp(client=client, user=user, password=chosen)


@transaction.atomic
def _make(client: Client, user: User) -> None:
    living = User.objects.filter(deleted_at=None)
    if living.filter(Q(username__iexact=user.email) | Q(email__iexact=user.email)).exists():
        raise EmailTaken(email=user.email)
    if Client.objects.filter(name__iexact=client.name, deleted_at=None).exists():
        raise CompanyTaken(company=client.name)
    try:
        with transaction.atomic():
            client.save()
    except IntegrityError as error:  # somebody else has just signed up as this company
        raise CompanyTaken(company=client.name) from error
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise EmailTaken(email=user.email) from error
    audit.record("client_created", target=client, by=user, client=client, after={"name": client.name})
    described = {"username": user.username, "name": user.name, "role": user.role}
    audit.record("signed_up", target=user, by=user, client=client, after=described)


def _check(client: Client, user: User) -> None:
    try:
        client.clean_fields()
        user.clean_fields(exclude=["password", "client"])
    except ValidationError as error:
        raise PersonInvalid(username=user.username, why=" ".join(error.messages)) from error
