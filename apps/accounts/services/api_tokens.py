"""Personal tokens for scripts: shown once, kept as a hash."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from atharva.live import session_changed

from ..errors import ScopeNotYours, TokenLifetimeOutOfRange
from ..links import digest_of, new_secret
from ..models import ApiToken, Scope, User
from ..permissions import scopes_of
from . import audit

# Says what it is to whoever finds one, and to programs that look for secrets in sources.
PREFIX = "atharva_pat_"
HINT_LENGTH = len(PREFIX) + 4
LONGEST = timedelta(days=365)


@transaction.atomic
def create_token(
    user: User, *, name: str, scopes: Collection[Scope], expires_at: datetime
) -> tuple[ApiToken, str]:
    """A new token of a person, with its secret, which nobody is shown again.

    Raises ScopeNotYours, TokenLifetimeOutOfRange.
    """
    if beyond := sorted(set(scopes) - set(scopes_of(user))):
        raise ScopeNotYours(scopes=", ".join(beyond))
    if not timezone.now() < expires_at <= timezone.now() + LONGEST:
        raise TokenLifetimeOutOfRange(most_days=LONGEST.days)
    secret = PREFIX + new_secret()
    token = ApiToken.objects.create(
        user=user,
        name=name,
        digest=digest_of(secret),
        hint=secret[:HINT_LENGTH],
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
    )
    described = {"name": name, "scopes": token.scopes, "expires_at": expires_at}
    audit.record("api_token_created", target=token, by=user, client=user.client, after=described)
    return token, secret


@transaction.atomic
def revoke_token(token: ApiToken, *, by: User) -> None:
    """End a token: it is refused from the next request on, and its sockets close."""
    standing = ApiToken.objects.filter(pk=token.pk, revoked_at=None)
    if not standing.update(revoked_at=timezone.now()):
        return
    audit.record("api_token_revoked", target=token, by=by, client=token.user.client)
    transaction.on_commit(lambda: session_changed(token.user_id), robust=True)
