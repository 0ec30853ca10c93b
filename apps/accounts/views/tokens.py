"""The person's tokens for scripts."""

from datetime import timedelta
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from ..errors import ScopeNotYours, TokenLifetimeOutOfRange
from ..models import ApiToken, Scope, User
from ..permissions import scopes_of
from ..selectors.tokens import tokens_of
from ..services.api_tokens import create_token, revoke_token
from .account import AccountPage

LIFETIMES = [(7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "1 year")]


class NewToken(forms.Form):
    name = forms.CharField(max_length=80, error_messages={"required": "Say what the token is for."})
    scopes = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, error_messages={"required": "Choose what it may do."}
    )
    days = forms.TypedChoiceField(
        label="Holds for", choices=LIFETIMES, coerce=int, initial=30, error_messages={"required": "Choose."}
    )

    def __init__(self, data: object, *, person: User) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # POST's QueryDict, or nothing
        self.fields["scopes"].choices = [(scope.value, scope.label) for scope in scopes_of(person)]  # type: ignore[attr-defined]


class Tokens(AccountPage):
    """The tokens that are not revoked, and a form for one more."""

    template_name = "accounts/account_tokens.html"
    title, answer = "API tokens", "What your scripts sign in with. A token can do at most what you can."

    def admit(self) -> None:
        posted = self.request.POST if self.request.method == "POST" else None
        self.form = NewToken(posted, person=self.person)
        self.secret = ""

    def context(self) -> dict[str, object]:
        now, labels = timezone.now(), dict(Scope.choices)
        return super().context() | {
            "form": self.form,
            "tokens": [
                (token, token.holds(now), [labels[scope] for scope in token.scopes])
                for token in tokens_of(self.person)
            ],
            "secret": self.secret,
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        if not self.form.is_valid() or not self._created():
            return self.unprocessable()
        self.form = NewToken(None, person=self.person)
        return self.get(request)

    def _created(self) -> bool:
        """Whether there is a token now, whose secret this answer alone shows."""
        entered = self.form.cleaned_data
        try:
            _, self.secret = create_token(
                self.person,
                name=entered["name"],
                scopes=[Scope(scope) for scope in entered["scopes"]],
                expires_at=timezone.now() + timedelta(days=entered["days"]),
            )
        except (ScopeNotYours, TokenLifetimeOutOfRange) as problem:
            self.form.add_error(None, problem.sentence)
        return bool(self.secret)


class RevokeToken(AccountPage):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, token_id: UUID) -> HttpResponse:
        token: ApiToken = get_object_or_404(tokens_of(self.person), pk=token_id)
        revoke_token(token, by=self.person)
        messages.success(request, f"{token.name} is revoked: whatever still sends it is refused.")
        return redirect("accounts:account_tokens")
