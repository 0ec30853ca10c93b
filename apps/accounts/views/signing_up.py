"""The page on which a company begins by itself (rows 1.2 to 1.4)."""

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from atharva.api.problems import Problem, TooManyRequests

from ..dashboards import dashboard_url
from ..errors import CompanyTaken, EmailTaken, PasswordRefused, PersonInvalid, SignUpClosed
from ..models import User
from ..services import signing_up
from ..services.limits import limit
from ..services.signing_up import SignedUp


class Registration(forms.Form):
    company = forms.CharField(max_length=120, error_messages={"required": "Enter your company's name."})
    name = forms.CharField(
        label="Your name", max_length=150, error_messages={"required": "Enter your name, as others see it."}
    )
    email = forms.EmailField(
        label="E-mail",
        max_length=150,  # it becomes the username
        error_messages={"required": "Enter your e-mail address.", "invalid": "Enter a whole address."},
    )
    password = forms.CharField(
        label="Password (optional)", required=False, max_length=1024, strip=False, widget=forms.PasswordInput
    )


# Where a refusal is told: beside the field that it is about; what is not here stands above the form.
FIELDS: dict[type[Problem], str] = {
    CompanyTaken: "company",
    EmailTaken: "email",
    PasswordRefused: "password",
}


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """The form, and once it is sent the credentials, which are kept nowhere and shown this once.

    They are the answer itself: after a redirect the password would have to be stored to be shown. Sent again,
    the form makes nothing, because its address is taken by then.
    """
    if isinstance(request.user, User):
        return redirect(dashboard_url(request.user))
    if not settings.SIGN_UP_OPEN:
        return render(request, "accounts/sign_up_closed.html", status=403)
    form = Registration(request.POST or None)
    if form.is_valid() and (made := _signed_up(request, form)):
        context = {"made": made, "is_own": bool(form.cleaned_data["password"])}
        return render(request, "accounts/welcome.html", context, status=201)
    return render(request, "accounts/sign_up.html", {"form": form}, status=422 if form.is_bound else 200)


def _signed_up(request: HttpRequest, form: Registration) -> SignedUp | None:
    """The tenant and its first person; None with the reason in the form."""
    try:
        limit(request, "sign_up")
        return signing_up.sign_up(**form.cleaned_data)
    except (CompanyTaken, EmailTaken, PasswordRefused, PersonInvalid, SignUpClosed, TooManyRequests) as why:
        form.add_error(FIELDS.get(type(why)), why.sentence)
    return None
