"""What a person gives to connect a cluster. A kubeconfig is never written back into a page."""

from django import forms
from django.core.files.uploadedfile import UploadedFile

from apps.fleet.errors import AccountUntested, ClusterTaken, ConnectionInvalid
from apps.fleet.models import CloudAccount
from apps.fleet.services.connecting import ClusterDetails
from apps.fleet.services.connecting.clusters import LARGEST_KUBECONFIG
from atharva.api.problems import Problem

TOO_LARGE = f"A kubeconfig of more than {LARGEST_KUBECONFIG // 1024} kB is not taken."
NEEDED = "Paste the kubeconfig, or choose its file."


class Kubeconfig(forms.Form):
    """A kubeconfig, as text or as a file."""

    kubeconfig = forms.CharField(
        label="Kubeconfig",
        required=False,
        strip=False,
        max_length=LARGEST_KUBECONFIG,
        widget=forms.Textarea,
        error_messages={"max_length": TOO_LARGE},
    )
    file = forms.FileField(label="Or its file", required=False)

    def clean(self) -> None:
        """One of the two, small and readable."""
        uploaded: UploadedFile[bytes] | None = self.cleaned_data.get("file")
        if uploaded is not None:
            self._read(uploaded)
        elif not self.cleaned_data.get("kubeconfig") and "kubeconfig" not in self.errors:
            self.add_error("kubeconfig", NEEDED)

    @property
    def text(self) -> str:
        """What was given; the form is valid."""
        return str(self.cleaned_data["kubeconfig"])

    def _read(self, uploaded: "UploadedFile[bytes]") -> None:
        if uploaded.size is None or uploaded.size > LARGEST_KUBECONFIG:
            self.add_error("file", TOO_LARGE)
            return
        try:
            self.cleaned_data["kubeconfig"] = uploaded.read().decode()
        except UnicodeDecodeError:
            self.add_error("file", "This file is not text.")


class ByKubeconfig(Kubeconfig):
    """A cluster of an account, and its kubeconfig."""

    name = forms.CharField(label="Name", max_length=100, error_messages={"required": "Enter its name."})
    region = forms.ChoiceField(label="Region")
    field_order = ("name", "region", "kubeconfig", "file")

    def __init__(self, account: CloudAccount, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]  # data and files, as a form takes them
        self.fields["region"].choices = [(region, region) for region in account.regions]  # type: ignore[attr-defined]  # a ChoiceField's

    @property
    def details(self) -> ClusterDetails:
        """What was given, as the service takes it; the form is valid."""
        return ClusterDetails(self.cleaned_data["name"], self.cleaned_data["region"], self.text)

    def refuse(self, problem: Problem) -> None:
        """Say what went wrong beside the field that it is about."""
        self.add_error(self._field_of(problem), problem.sentence)

    def _field_of(self, problem: Problem) -> str | None:
        """None for what is about none of them."""
        match problem:
            case ConnectionInvalid():
                named = str(problem.details["what"]).lower().removeprefix("cluster's ")
                return named if named in self.fields else None
            case ClusterTaken():
                return "name"
            case AccountUntested():
                return None
        return "kubeconfig"
