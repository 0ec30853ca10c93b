"""Bearers of the API and the sockets: a person's access token, or their API token for scripts.

A bearer of any other kind is refused, and never looked at as if it were one of these.
"""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed
from rest_framework_simplejwt.tokens import Token

from .links import digest_of
from .models import ApiToken, TokenFamily, User
from .services.api_tokens import PREFIX
from .services.sessions import FAMILY_CLAIM

# Exact enough to find tokens that nobody uses, without a write for every request.
USE_IS_NOTED_EVERY = timedelta(minutes=1)


class BearerAuthentication(JWTAuthentication):
    """`Authorization: Bearer …`. `request.auth` is the access token's claims, or the ApiToken."""

    def authenticate(self, request: Request) -> tuple[User, Token | ApiToken] | None:  # type: ignore[override]
        header = self.get_header(request)
        bearer = self.get_raw_token(header) if header else None
        if bearer is None:
            return None
        if bearer.startswith(PREFIX.encode()):
            token = standing_token(bearer.decode("latin-1"), timezone.now())
            return token.user, token
        claims = self.get_validated_token(bearer)
        return self.get_user(claims), claims

    def get_user(self, validated_token: Token) -> User:  # type: ignore[override]  # of ours alone
        """The person of the token's family, while neither of the two has ended: one query."""
        families = TokenFamily.objects.select_related("user").filter(ended_at=None)
        family = families.filter(pk=validated_token.get(FAMILY_CLAIM)).first()
        if family is None or not family.user.is_active:
            raise AuthenticationFailed("The sign-in has ended.")
        return family.user


def standing_token(secret: str, now: datetime) -> ApiToken:
    """The API token with this secret. Raises AuthenticationFailed where it, or its person, does not stand."""
    token = ApiToken.objects.select_related("user").filter(digest=digest_of(secret)).first()
    if token is None or not token.holds(now) or not token.user.is_active:
        raise AuthenticationFailed("The API token does not hold.")
    stale = now - USE_IS_NOTED_EVERY
    if token.last_used_at is None or token.last_used_at < stale:
        unnoted = Q(last_used_at=None) | Q(last_used_at__lt=stale)
        ApiToken.objects.filter(unnoted, pk=token.pk).update(last_used_at=now)
    return token
