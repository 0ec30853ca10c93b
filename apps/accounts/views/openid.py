"""To the OpenID provider and back."""

import structlog
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from requests import RequestException

from ..errors import OpenIdFailed
from ..openid import AnswerRefused, Conversation, Provider, nonce_of, provider_name
from .signing_in import refused, wanted_page

log = structlog.get_logger(__name__)


@never_cache
@require_GET
def openid_sign_in(request: HttpRequest) -> HttpResponse:
    """On to the provider. A link and not a form: the policy of our pages lets no form end elsewhere."""
    try:
        answer: HttpResponse = Provider.configured(request).redirect(
            request,
            process=AuthProcess.LOGIN,
            next_url=wanted_page(request),
            auth_params={"nonce": nonce_of(request)},
        )
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    except (RequestException, OAuth2Error) as error:
        return failed(request, error)
    return answer


@never_cache
@require_GET
def openid_callback(request: HttpRequest) -> HttpResponse:
    """Back from the provider. Where it leads is decided in openid_adapter.py."""
    try:
        answer: HttpResponse = OAuth2CallbackView.adapter_view(Conversation)(request)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    except (RequestException, OAuth2Error) as error:
        return failed(request, error)
    return answer


def failed(request: HttpRequest, error: Exception | None) -> HttpResponse:
    """Back to the sign-in page; the reason is in the log."""
    # Only our own exceptions are known to quote nothing secret.
    why = str(error) if isinstance(error, AnswerRefused) else type(error).__name__
    log.warning("openid_sign_in_failed", why=why)
    return refused(request, OpenIdFailed(provider=provider_name()))
