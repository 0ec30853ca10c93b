"""Pages for a forgotten password."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from atharva.api.problems import TooManyRequests

from ..errors import MailUnavailable, PasswordRefused, ResetLinkVoid
from ..services import password_reset
from ..services.limits import limit
from .mailed import MailedLink, to_sign_in


class Forgotten(forms.Form):
    name = forms.CharField(
        label="Username or e-mail",
        max_length=254,
        error_messages={"required": "Enter your username or e-mail address."},
    )


class NewPassword(forms.Form):
    password = forms.CharField(
        label="New password",
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput,
        error_messages={"required": "Choose a password."},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgot_password(request: HttpRequest) -> HttpResponse:
    """Says the same whether or not there is such a person."""
    form = Forgotten(request.POST or None)
    if form.is_valid() and _asked(request, form):
        return redirect(f"{request.path}?sent")
    context = {"form": form, "sent": "sent" in request.GET}
    return render(request, "accounts/forgot_password.html", context, status=422 if form.is_bound else 200)


def _asked(request: HttpRequest, form: Forgotten) -> bool:
    """Whether the worker has been asked; where not, the form says why."""
    try:
        limit(request, "reset")
        password_reset.ask_for_link(form.cleaned_data["name"])
    except (TooManyRequests, MailUnavailable) as problem:
        form.add_error(None, problem.sentence)
        return False
    return True


class ResetPassword(MailedLink):
    url_name = "accounts:reset_password"
    void, void_template = ResetLinkVoid, "accounts/reset_link_void.html"
    limited_as = "reset"

    def kept(self, key: object, secret: str) -> str:
        password_reset.holder_of(str(key), secret)
        return secret

    def get(self, request: HttpRequest, key: str, token: str) -> HttpResponse:
        return self.form(request, key, token, NewPassword())

    def post(self, request: HttpRequest, key: str, token: str) -> HttpResponse:
        form = NewPassword(request.POST)
        try:
            if form.is_valid():
                user = password_reset.reset_password(key, token, password=form.cleaned_data["password"])
                messages.success(request, "Your password is changed, and every other session has ended.")
                return to_sign_in(user.username)
        except PasswordRefused as error:
            form.add_error("password", error.sentence)
        return self.form(request, key, token, form)

    def form(self, request: HttpRequest, key: str, token: str, form: NewPassword) -> HttpResponse:
        context = {"form": form, "person": password_reset.holder_of(key, token)}
        return render(request, "accounts/reset_password.html", context, status=422 if form.is_bound else 200)
