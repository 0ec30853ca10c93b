"""The person's own pages: who they are, and what they are signed in with."""

from typing import Any, ClassVar, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters

from atharva.api.problems import TooManyRequests
from atharva.web.frame import Crumb

from ..errors import CurrentPasswordWrong, NothingToChange, PasswordRefused, PersonInvalid, UsernameTaken
from ..models import User
from ..pages import PersonPage
from ..selectors.account import sign_ins_of
from ..services import second_factor
from ..services.limits import limit
from ..services.own_sign_ins import end_sign_in, sign_out_everywhere
from ..services.profile import change_profile
from ..services.signing_in import FAMILY_KEY

SAVED = "Profile updated. Please login with new credentials."  # the words of row 7.5


class AccountPage(PersonPage):
    """One of the pages about the person who looks at it, behind the same tabs."""

    title: ClassVar[str]
    answer: ClassVar[str]

    @property
    def person(self) -> User:
        return cast(User, self.request.user)  # Guarded has let nobody else in

    def context(self) -> dict[str, object]:
        return {
            "page_title": self.title,
            "answer": self.answer,
            "crumbs": [Crumb("Account", reverse("accounts:account")), Crumb(self.title)],
            "person": self.person,
        }

    def unprocessable(self) -> HttpResponse:
        """The page again, its form saying what is wrong."""
        answer = self.get(self.request)
        answer.status_code = 422
        return answer


class ProfileForm(forms.Form):
    new_username = forms.CharField(label="New Username", max_length=150, required=False)
    new_email = forms.EmailField(
        label="E-mail", required=False, error_messages={"invalid": "Enter a whole address."}
    )
    current_password = forms.CharField(
        label="Current Password",
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput,
        error_messages={"required": "Enter your current password."},
    )
    new_password = forms.CharField(
        label="New Password", max_length=1024, strip=False, required=False, widget=forms.PasswordInput
    )

    def clean(self) -> dict[str, Any]:
        new = [self.cleaned_data.get(name) for name in ("new_username", "new_password")]
        new_email = self.cleaned_data.get("new_email")
        if not self.errors and not any(new) and new_email in ("", self.initial["new_email"]):
            raise forms.ValidationError("Nothing would change: enter a new username, address or password.")
        return self.cleaned_data


@method_decorator(sensitive_post_parameters("current_password", "new_password"), name="dispatch")
class Profile(AccountPage):
    """Rows 7.1 to 7.5; also where people begin who have no dashboard yet."""

    template_name = "accounts/account.html"
    title, answer = "Account", "Who you are here."

    def admit(self) -> None:
        known = {"new_email": self.person.email}
        self.form = ProfileForm(self.request.POST if self.request.method == "POST" else None, initial=known)

    def context(self) -> dict[str, object]:
        return super().context() | {
            "crumbs": [Crumb(self.title)],
            "form": self.form,
            "has_second_factor": second_factor.is_enrolled(self.person),
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        person = self._changed() if self.form.is_valid() else None
        if person is None:
            return self.unprocessable()
        logout(request)
        messages.success(request, SAVED)
        return redirect(f"{reverse('accounts:sign_in')}?{urlencode({'username': person.username})}")

    def _changed(self) -> User | None:
        """The person as they are now; None with the reason in the form."""
        try:
            limit(self.request, "profile")
            return change_profile(self.person, **self.form.cleaned_data)
        except CurrentPasswordWrong as problem:
            self.form.add_error("current_password", problem.sentence)
        except PasswordRefused as problem:
            self.form.add_error("new_password", problem.sentence)
        except UsernameTaken as problem:
            self.form.add_error("new_username", problem.sentence)
        except (PersonInvalid, NothingToChange, TooManyRequests) as problem:
            self.form.add_error(None, problem.sentence)
        return None


class Security(AccountPage):
    """The second factor, and the sign-ins that hold."""

    template_name = "accounts/account_security.html"
    title, answer = "Security", "What opens your account, and where it is open now."

    def context(self) -> dict[str, object]:
        return super().context() | {
            "has_second_factor": second_factor.is_enrolled(self.person),
            "recovery_codes_left": second_factor.recovery_codes_left(self.person),
            "sign_ins": list(sign_ins_of(self.person, timezone.now())),
            "this_family": self.request.session.get(FAMILY_KEY, ""),
        }


class EndSignIn(AccountPage):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, family_id: UUID) -> HttpResponse:
        family = get_object_or_404(sign_ins_of(self.person, timezone.now()), pk=family_id)
        end_sign_in(family, by=self.person)
        messages.success(request, "That sign-in has ended.")
        return redirect("accounts:account_security")


class SignOutEverywhere(AccountPage):
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        sign_out_everywhere(self.person)
        logout(request)
        messages.success(request, "You are signed out everywhere.")
        return redirect("accounts:sign_in")
