"""Whom an identity of the OpenID provider stands for."""

from dataclasses import dataclass

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from ..errors import (
    AccountBlocked,
    OpenIdAddressUnproven,
    OpenIdEmailUnverified,
    OpenIdPersonAmbiguous,
    OpenIdPersonUnknown,
)
from ..models import User
from . import audit


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody at a provider. `email` is empty where the provider does not vouch for it."""

    provider: str
    issuer: str
    subject: str
    email: str


@transaction.atomic
def person_of(identity: Identity) -> User:
    """The person whom an identity stands for: who came with it before, or who has its e-mail address.

    Nobody is created. Raises OpenIdEmailUnverified, OpenIdPersonUnknown, OpenIdAddressUnproven,
    OpenIdPersonAmbiguous, AccountBlocked.
    """
    living = SocialAccount.objects.filter(user__deleted_at=None).select_related("user__client")
    known = living.filter(provider=identity.issuer, uid=identity.subject).first()
    user: User = known.user if known else _person_with_address(identity)
    if not user.is_active:
        raise AccountBlocked
    if known is None:
        _link(identity, user)
    return user


def _person_with_address(identity: Identity) -> User:
    if not identity.email:
        raise OpenIdEmailUnverified(provider=identity.provider)
    # Never by username: that is anybody's to choose.
    having = User.objects.select_related("client").filter(email__iexact=identity.email, deleted_at=None)
    match list(having[:2]):
        case [User(email_proven_at=None)]:
            # Whoever signed up with somebody's address waits for them to share the account.
            raise OpenIdAddressUnproven(email=identity.email)
        case [user]:
            return user
        case []:
            raise OpenIdPersonUnknown(email=identity.email)
    raise OpenIdPersonAmbiguous(email=identity.email)


def _link(identity: Identity, user: User) -> None:
    # The issuer and not a name of ours: another provider may use the same subjects for others.
    SocialAccount.objects.update_or_create(
        provider=identity.issuer, uid=identity.subject, defaults={"user": user, "extra_data": {}}
    )
    described = {"provider": identity.provider, "email": identity.email}
    audit.record("openid_linked", target=user, by=user, client=user.client, after=described)
