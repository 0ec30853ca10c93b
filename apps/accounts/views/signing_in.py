"""Pages of signing in and out."""

from typing import cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from atharva.api.problems import Problem

from ..dashboards import dashboard_url
from ..errors import AccountBlocked, InvalidCredentials, TooManyTries
from ..models import User
from ..openid import provider_name
from ..services import half_signed_in, second_factor, signing_in


class Credentials(forms.Form):
    username = forms.CharField(max_length=150, error_messages={"required": "Enter your username."})
    password = forms.CharField(
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput,
        error_messages={"required": "Enter your password."},
    )


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form of row 1.5; whoever is signed in already goes on to where they wanted."""
    wanted = wanted_page(request)
    if isinstance(request.user, User):
        return redirect(wanted or dashboard_url(request.user))
    known = {"username": request.GET.get("username", "")}
    form = Credentials(request.POST if request.method == "POST" else None, initial=known)
    if form.is_valid() and (user := _checked(request, form)):
        return go_on(request, user, wanted=wanted)
    context = {
        "form": form,
        "next": wanted,
        "provider": provider_name(),
        "known": known["username"],
        "sign_up_open": settings.SIGN_UP_OPEN,
    }
    return render(request, "accounts/sign_in.html", context, status=422 if form.is_bound else 200)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    signing_in.sign_out(request)
    return redirect("accounts:sign_in")


def back_office_sign_in(request: HttpRequest) -> HttpResponse:
    """The back office has no form of its own; who is signed in and comes here may not go there."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next", "/back-office/"))


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """On to the person's own dashboard."""
    return redirect(dashboard_url(cast(User, request.user)))


def go_on(request: HttpRequest, user: User, *, wanted: str, method: str = "password") -> HttpResponse:
    """What follows on a password, or on the word of an OpenID provider: the code, or else the session."""
    if second_factor.is_enrolled(user):
        half_signed_in.remember(request, user, method=method, wanted=wanted)
        return redirect("accounts:sign_in_code")
    signing_in.begin_session(request, user, method=method)
    return redirect(wanted or dashboard_url(user))


def refused(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Back to the beginning, with the reason."""
    messages.error(request, problem.sentence)
    return redirect("accounts:sign_in")


def wanted_page(request: HttpRequest) -> str:
    """The page that sent the person here; empty unless it is one of ours."""
    url = request.POST.get("next") or request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if ours else ""


def _checked(request: HttpRequest, form: Credentials) -> User | None:
    """The person of the form's name and password; None with the reason in the form."""
    try:
        return signing_in.check_credentials(request, **form.cleaned_data)
    except InvalidCredentials as error:
        form.add_error("password", error.sentence)
    except (AccountBlocked, TooManyTries) as error:
        form.add_error(None, error.sentence)
    return None
