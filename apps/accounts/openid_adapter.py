"""Where allauth's OpenID flow ends and ours begins: it never creates, links or signs in anybody itself."""

from typing import Any, NoReturn

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base.constants import AuthError
from django.http import HttpRequest

from atharva.api.problems import Problem

from .errors import OpenIdCancelled
from .openid import provider_name
from .services.openid import Identity, person_of
from .views.openid import failed
from .views.signing_in import go_on, refused


class OpenIdAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Named by the setting SOCIALACCOUNT_ADAPTER."""

    def list_apps(self, request: HttpRequest, **which: Any) -> list[Any]:
        """The one of the settings; whoever gets into the back office adds none."""
        return [app for app in super().list_apps(request, **which) if app.pk is None]

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> NoReturn:
        """The provider's answer holds: on with its person, as after a password."""
        account = sociallogin.account
        email = next((address.email for address in sociallogin.email_addresses if address.verified), "")
        try:
            user = person_of(Identity(provider_name(), account.provider, account.uid, email))
            answer = go_on(request, user, wanted=sociallogin.state.get("next", ""), method="openid")
        except Problem as problem:
            answer = refused(request, problem)
        raise ImmediateHttpResponse(answer)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: object,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: object = None,
    ) -> NoReturn:
        if error == AuthError.CANCELLED:
            raise ImmediateHttpResponse(refused(request, OpenIdCancelled(provider=provider_name())))
        raise ImmediateHttpResponse(failed(request, exception))
