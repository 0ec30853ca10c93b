"""The page behind an invitation."""

from typing import cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ..errors import AddressTaken, InvitationVoid, PasswordRefused
from ..links import digest_of
from ..services import invitations, signing_in
from .mailed import MailedLink, to_sign_in


class Acceptance(forms.Form):
    name = forms.CharField(
        label="Your name", max_length=150, error_messages={"required": "Enter your name, as others see it."}
    )
    password = forms.CharField(
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput,
        error_messages={"required": "Choose a password."},
    )


class Join(MailedLink):
    url_name = "accounts:accept_invitation"
    void, void_template = InvitationVoid, "accounts/invitation_void.html"
    limited_as = "invitation"

    def kept(self, key: object, secret: str) -> str:
        digest = digest_of(secret)
        invitations.opened(cast(UUID, key), digest)
        return digest

    def get(self, request: HttpRequest, key: UUID, digest: str) -> HttpResponse:
        return self.form(request, key, digest, Acceptance())

    def post(self, request: HttpRequest, key: UUID, digest: str) -> HttpResponse:
        form = Acceptance(request.POST)
        try:
            if form.is_valid():
                user = invitations.accept(key, digest, **form.cleaned_data)
                signing_in.sign_out(request)  # whoever was signed in here: what follows is the new person's
                messages.success(request, "Welcome. Sign in with the password that you have just chosen.")
                return to_sign_in(user.username)
        except PasswordRefused as error:
            form.add_error("password", error.sentence)
        except AddressTaken as error:
            form.add_error(None, error.sentence)
        return self.form(request, key, digest, form)

    def form(self, request: HttpRequest, key: UUID, digest: str, form: Acceptance) -> HttpResponse:
        context = {"form": form, "invitation": invitations.opened(key, digest)}
        return render(request, "accounts/join.html", context, status=422 if form.is_bound else 200)
