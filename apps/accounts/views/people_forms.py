"""What administrators enter about people."""

from typing import Any

from django import forms

from ..consequences import Wanted
from ..models import Role, User, UserStatus
from ..selectors.people import ORDERINGS, tenants


class Search(forms.Form):
    """What the list's address says. What it cannot say is passed over."""

    search = forms.CharField(required=False, max_length=200)
    role = forms.ChoiceField(required=False, choices=[("", "Every role"), *Role.choices])
    status = forms.ChoiceField(required=False, choices=[("", "Every status"), *UserStatus.choices])
    ordering = forms.ChoiceField(required=False, choices=[(name, name) for name in ORDERINGS])

    def asked(self) -> dict[str, Any]:
        """The filters that hold, with the order."""
        self.is_valid()
        return {"ordering": "name"} | {name: value for name, value in self.cleaned_data.items() if value}


class WithTenant(forms.Form):
    """Base: a role, and the tenant that the role client has."""

    role = forms.ChoiceField(choices=Role.choices, initial=Role.CLIENT)
    client = forms.ModelChoiceField(
        label="Tenant", queryset=tenants(), required=False, empty_label="Choose a tenant"
    )

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("role") != Role.CLIENT:
            # The field is out of sight then; what it holds is from before.
            self.cleaned_data["client"] = None
        return self.cleaned_data


class NewPerson(WithTenant):
    """Whose password is made now, or who chooses one themselves when they follow a letter."""

    INVITES = "invitation"

    how = forms.ChoiceField(
        label="How they come in",
        choices=[("password", "Make a password now"), (INVITES, "Send an invitation")],
        initial="password",
        required=False,
        widget=forms.RadioSelect,
    )
    name = forms.CharField(max_length=150, required=False)
    email = forms.EmailField(
        label="E-mail",
        max_length=150,  # it becomes the username
        error_messages={"required": "Enter their address.", "invalid": "Enter a whole address."},
    )
    client = forms.ModelChoiceField(
        label="Tenant", queryset=tenants(), required=False, empty_label="A new tenant"
    )
    company = forms.CharField(label="Name of the new tenant", max_length=120, required=False)

    def clean(self) -> dict[str, Any]:
        entered = super().clean()
        if not self.invites and not entered.get("name"):
            self.add_error("name", "Enter their name.")
        if entered.get("role") != Role.CLIENT or entered.get("client"):
            entered["company"] = ""
        elif not self.errors and self.invites:
            self.add_error("client", "Choose a tenant: a new one begins with a password made now.")
        elif not self.errors and not entered.get("company"):
            self.add_error("company", "Choose a tenant, or name a new one.")
        return entered

    @property
    def invites(self) -> bool:
        """Whether they get a letter, and tell their name themselves."""
        return self.cleaned_data.get("how") == self.INVITES

    def person(self) -> dict[str, Any]:
        """What `create_person` wants to know of a valid form."""
        return {name: value for name, value in self.cleaned_data.items() if name != "how"}


class Access(WithTenant):
    name = forms.CharField(max_length=150, error_messages={"required": "Enter their name."})
    blocked = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        entered = super().clean()
        if not self.errors and entered["role"] == Role.CLIENT and not entered.get("client"):
            self.add_error("client", "Choose the tenant that they work for.")
        return entered

    def wanted(self) -> Wanted:
        """What a valid form asks for."""
        entered = self.cleaned_data
        return Wanted(
            name=entered["name"],
            role=Role(entered["role"]),
            status=UserStatus.BLOCKED if entered["blocked"] else UserStatus.ACTIVE,
            client=entered["client"],
        )


def access_of(person: User) -> dict[str, object]:
    """A person's access as the form shows it at first."""
    return {
        "name": person.name,
        "role": person.role,
        "client": person.client_id,
        "blocked": person.status == UserStatus.BLOCKED,
    }
