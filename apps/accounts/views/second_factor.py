"""Pages of the second factor: its code after the password, adding it and removing it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from atharva.api.problems import TooManyRequests

from ..dashboards import dashboard_url
from ..errors import (
    InvalidCredentials,
    PasswordComesFirst,
    SecondFactorPresent,
    SecondFactorWrong,
)
from ..models import User
from ..qr import drawn
from ..services import half_signed_in, second_factor
from ..services.enrolling import begin_enrolment, finish_enrolment
from ..services.limits import limit
from .account import AccountPage
from .signing_in import refused


class Code(forms.Form):
    code = forms.CharField(max_length=20, error_messages={"required": "Enter the code."})


class PasswordAndCode(Code):
    password = forms.CharField(
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput,
        error_messages={"required": "Enter your password."},
    )


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The code, for who has shown a password a moment ago."""
    user = half_signed_in.person_of(request)
    if user is None:
        half_signed_in.forget(request)
        return refused(request, PasswordComesFirst())
    form = Code(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _judged(request, user, form)
    return _code_page(request, user, form)


def _judged(request: HttpRequest, user: User, form: Code) -> HttpResponse:
    """What follows on a code: the session, another try, or the password again."""
    try:
        limit(request, "code")
        second_factor.check_code(user, form.cleaned_data["code"])
    except (SecondFactorWrong, TooManyRequests) as problem:
        if isinstance(problem, SecondFactorWrong) and half_signed_in.count_try(request):
            form.add_error("code", problem.sentence)
            return _code_page(request, user, form)
        half_signed_in.forget(request)
        return refused(request, problem)
    return redirect(half_signed_in.finish(request, user) or dashboard_url(user))


def _code_page(request: HttpRequest, user: User, form: Code) -> HttpResponse:
    context = {"form": form, "person": user}
    return render(request, "accounts/sign_in_code.html", context, status=422 if form.is_bound else 200)


@method_decorator(sensitive_post_parameters("code"), name="dispatch")
class AddSecondFactor(AccountPage):
    """A key for the person's app; then the recovery codes, once."""

    template_name = "accounts/account_second_factor.html"
    title, answer = "Add a second factor", "A code from your phone, asked for after your password."

    def admit(self) -> None:
        self.form = Code(self.request.POST if self.request.method == "POST" else None)
        self.codes: list[str] = []

    def context(self) -> dict[str, object]:
        if self.codes:
            return super().context() | {"codes": self.codes}
        enrolment = begin_enrolment(self.request.session, self.person)
        return super().context() | {"form": self.form, "key": enrolment.key, "qr": drawn(enrolment.uri)}

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not self.codes and second_factor.is_enrolled(self.person):
            return redirect("accounts:account_security")
        return super().get(request, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        if self.form.is_valid():
            try:
                self.codes = finish_enrolment(request.session, self.person, **self.form.cleaned_data)
            except SecondFactorWrong as problem:
                self.form.add_error("code", problem.sentence)
            except SecondFactorPresent:
                return redirect("accounts:account_security")
        return self.get(request) if self.codes else self.unprocessable()


@method_decorator(sensitive_post_parameters("password", "code"), name="dispatch")
class RemoveSecondFactor(AccountPage):
    """The password alone again, by who still has both."""

    template_name = "accounts/account_second_factor_remove.html"
    title, answer = "Remove the second factor", "Your password alone would open your account."

    def admit(self) -> None:
        self.form = PasswordAndCode(self.request.POST if self.request.method == "POST" else None)

    def context(self) -> dict[str, object]:
        return super().context() | {"form": self.form}

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not second_factor.is_enrolled(self.person):
            return redirect("accounts:account_security")
        return super().get(request, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        if not self.form.is_valid() or not self._removed():
            return self.unprocessable()
        logout(request)
        messages.success(request, "Your second factor is removed. Sign in again.")
        return redirect("accounts:sign_in")

    def _removed(self) -> bool:
        """Whether it is gone; where not, the form says why."""
        try:
            limit(self.request, "profile")
            second_factor.remove(self.person, **self.form.cleaned_data)
        except InvalidCredentials:
            self.form.add_error("password", "This is not your password.")
        except SecondFactorWrong as problem:
            self.form.add_error("code", problem.sentence)
        except TooManyRequests as problem:
            self.form.add_error(None, problem.sentence)
        return not self.form.errors
