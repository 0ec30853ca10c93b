"""Sign-ins over the API as families of tokens, and the end of everything that a person is signed in with.

Every access and refresh token names its family, which is looked at whenever one of them is used: ending the
row ends them all, in every process, with the next request.
"""

from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import RefreshToken

from atharva.api.problems import CredentialsExpired
from atharva.live import session_changed

from ..models import ApiToken, EndedBecause, TokenFamily, User
from . import audit

FAMILY_CLAIM = "family"
KEPT_AFTER_EXPIRY = timedelta(days=30)  # so long an old token that comes again is known for what it is


@dataclass(frozen=True, slots=True)
class Tokens:
    """One pair of a family, as it is handed out."""

    access: str
    refresh: str
    family_id: str


@transaction.atomic
def open_family(user: User, *, address: str | None = None, user_agent: str = "") -> Tokens:
    """A first pair of tokens for a person whose credentials were checked just now.

    Raises CredentialsExpired where the person has changed since they were checked.
    """
    now = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not now.is_active or now.generation != user.generation:
        raise CredentialsExpired
    refresh = RefreshToken.for_user(user)
    family = TokenFamily.objects.create(
        user=user,
        refresh_id=refresh["jti"],
        expires_at=refresh.current_time + refresh.lifetime,
        address=address or None,
        user_agent=user_agent[:200],
    )
    return _pair(refresh, family)


def renew(refresh: str) -> Tokens:
    """The next pair for the refresh token that stands; it does not hold any more from now on.

    Raises CredentialsExpired. A token that was used before is in two hands: its whole family ends.
    """
    try:
        token = RefreshToken(refresh)  # type: ignore[arg-type]  # the stub knows tokens only, not their text
    except TokenError as error:
        raise CredentialsExpired from error
    tokens = _rotate(token)
    if tokens is None:
        raise CredentialsExpired
    return tokens


@transaction.atomic
def _rotate(token: RefreshToken) -> Tokens | None:
    """None where the token does not hold. What that changes is kept, so nothing is raised in here."""
    families = TokenFamily.objects.select_for_update(of=("self",)).select_related("user__client")
    family = families.filter(pk=token.get(FAMILY_CLAIM), ended_at=None).first()
    if family is None or not family.user.is_active:
        return None
    if family.refresh_id != token["jti"]:
        _end(family, EndedBecause.REUSED)
        audit.record("refresh_token_reused", target=family.user, by=None, client=family.user.client)
        return None
    refresh = RefreshToken.for_user(family.user)
    family.refresh_id = refresh["jti"]
    family.refreshed_at = refresh.current_time
    family.expires_at = refresh.current_time + refresh.lifetime
    family.save(update_fields=["refresh_id", "refreshed_at", "expires_at"])
    return _pair(refresh, family)


@transaction.atomic
def end_family(family_id: str) -> None:
    """Sign out: the family's tokens hold no longer, and its sockets close."""
    family = TokenFamily.objects.select_for_update().filter(pk=family_id, ended_at=None).first()
    if family is not None:
        _end(family, EndedBecause.SIGNED_OUT)


def end_sessions(user: User, *, because: EndedBecause = EndedBecause.CHANGED) -> None:
    """End every session, token and socket of a person, for good: none revives with a later change.

    To be called inside of the transaction that changes the person.
    """
    now = timezone.now()
    # First the person's row: whoever signs in meanwhile waits for it, and then sees the new generation.
    User.objects.filter(pk=user.pk).update(generation=F("generation") + 1)
    user.refresh_from_db(fields=["generation"])
    TokenFamily.objects.filter(user=user, ended_at=None).update(ended_at=now, ended_because=because)
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=now)
    transaction.on_commit(lambda: session_changed(user.pk), robust=True)


def forget_expired() -> int:
    """Delete families that expired long ago, whose number it answers, and expired sessions of browsers."""
    count, _ = TokenFamily.objects.filter(expires_at__lt=timezone.now() - KEPT_AFTER_EXPIRY).delete()
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    return count


def _end(family: TokenFamily, because: EndedBecause) -> None:
    family.ended_at, family.ended_because = timezone.now(), because
    family.save(update_fields=["ended_at", "ended_because"])
    transaction.on_commit(lambda: session_changed(family.user_id), robust=True)


def _pair(refresh: RefreshToken, family: TokenFamily) -> Tokens:
    refresh[FAMILY_CLAIM] = str(family.pk)
    return Tokens(access=str(refresh.access_token), refresh=str(refresh), family_id=str(family.pk))
