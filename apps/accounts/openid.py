"""OpenID Connect: allauth's flow with state and PKCE, and a strict reading of what the provider answers."""

import secrets
from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property

PROVIDER = "openid_connect"
NONCE = "openid_nonce"
ENDPOINTS = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
# A key of ours, such as the client's secret, never verifies: only keys that the provider alone has.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
CLAIMS = ["iss", "sub", "aud", "exp", "iat"]


class AnswerRefused(OAuth2Error):  # type: ignore[misc]  # allauth has no types
    """The provider's answer does not hold; the text says why and quotes nothing of it."""


def provider_name() -> str:
    """What people know the provider as; empty where none is configured."""
    apps = settings.SOCIALACCOUNT_PROVIDERS.get(PROVIDER, {}).get("APPS", [])
    return str(apps[0]["name"]) if apps else ""


def nonce_of(request: HttpRequest) -> str:
    """What ties an id token to this browser's session, whichever of its tabs asked for it."""
    return str(request.session.setdefault(NONCE, secrets.token_urlsafe(24)))


class Provider(OpenIDConnectProvider):  # type: ignore[misc]  # allauth has no types
    """The one provider, always asked with PKCE."""

    pkce_enabled_default = True

    @classmethod
    def configured(cls, request: HttpRequest) -> "Provider":
        """Raises SocialApp.DoesNotExist where there is none."""
        return cls(request, app=get_adapter(request).get_app(request, provider=PROVIDER))

    def wk_server_url(self, url: str) -> str:
        return str(super().wk_server_url(url.rstrip("/")))

    def get_oauth2_adapter(self, request: HttpRequest) -> "Conversation":
        return Conversation(request)


class Conversation(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth has no types
    """Takes an identity only as the provider has signed it, for us and for this session."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request, PROVIDER)

    def get_provider(self) -> Provider:
        return Provider.configured(self.request)

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        return request.build_absolute_uri(reverse("accounts:openid_callback"))

    @cached_property
    def openid_config(self) -> dict[str, Any]:
        """What the provider publishes of itself. Raises AnswerRefused, requests.RequestException."""
        config = self.fetched(self.get_provider().server_url)
        if missing := [name for name in ENDPOINTS if name not in config]:
            raise AnswerRefused(f"the configuration lacks {', '.join(missing)}")
        return config

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        claims = self.claims(app, kwargs["response"].get("id_token", ""))
        if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce_of(request).encode()):
            raise AnswerRefused("the nonce is another")
        if "email" not in claims and "userinfo_endpoint" in self.openid_config:
            claims = self.completed(claims, token.token)
        # Some providers write it as text.
        claims["email_verified"] = claims.get("email_verified") in (True, "true")
        login = self.get_provider().sociallogin_from_response(request, {"id_token": claims})
        login.account.provider, login.account.extra_data = claims["iss"], {}
        return login

    def claims(self, app: Any, id_token: str) -> dict[str, Any]:
        """What the id token says. Raises AnswerRefused, requests.RequestException."""
        try:
            keys = jwt.PyJWKSet.from_dict(self.fetched(self.openid_config["jwks_uri"]))
            claims: dict[str, Any] = jwt.decode(
                id_token,
                keys[jwt.get_unverified_header(id_token).get("kid", "")],
                algorithms=ALGORITHMS,
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                options={"require": CLAIMS},
                leeway=60,
            )
        except (jwt.PyJWTError, KeyError) as error:  # KeyError: there is no such key
            raise AnswerRefused(f"the id token: {type(error).__name__}") from error
        if claims.get("azp", app.client_id) != app.client_id:
            raise AnswerRefused("the id token is for somebody else")
        return claims

    def completed(self, claims: dict[str, Any], access_token: str) -> dict[str, Any]:
        """The claims with those of the userinfo endpoint, which must be about the same person."""
        more = self.fetched(self.profile_url, {"Authorization": f"Bearer {access_token}"})
        if more.get("sub") != claims["sub"]:
            raise AnswerRefused("userinfo is about somebody else")
        return more | claims

    def fetched(self, url: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
        """The provider's JSON at `url`, within allauth's timeout. Raises requests.RequestException."""
        with get_adapter().get_requests_session() as session:
            answer = session.get(url, headers=headers)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found
