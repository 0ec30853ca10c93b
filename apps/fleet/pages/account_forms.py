"""What a person says of an account. Its external id is never among it: the platform gives it."""

from django import forms

from apps.fleet.errors import AccountTaken, ConnectionInvalid
from apps.fleet.models import CloudAccount
from apps.fleet.regions import REGIONS
from apps.fleet.services.access_policy import ROLE_NAME
from atharva.api.problems import Problem

FIELDS = {
    "name": "name",
    "account's name": "name",
    "account id": "aws_account_id",
    "regions": "regions",
    "region": "regions",
    "role": "role_arn",
    "account's role_arn": "role_arn",
    "queue url": "queue_url",
    "account's queue_url": "queue_url",
}


class Refusing(forms.Form):
    def refuse(self, problem: Problem) -> None:
        """Say what the service refused beside the field that it is about."""
        field = None
        if isinstance(problem, ConnectionInvalid):
            field = FIELDS.get(str(problem.details["what"]).lower())
        elif isinstance(problem, AccountTaken):
            field = "aws_account_id"
        self.add_error(field if field in self.fields else None, problem.sentence)


class RegionsField(forms.MultipleChoiceField):
    def __init__(self) -> None:
        super().__init__(
            label="Regions",
            choices=list(REGIONS.items()),
            error_messages={"required": "Choose at least one region."},
        )


class NewAccount(Refusing):
    """The first step: which account, and where in it."""

    name = forms.CharField(
        label="Name", max_length=80, error_messages={"required": "Give it a name that your colleagues know."}
    )
    aws_account_id = forms.CharField(
        label="AWS account id", max_length=20, error_messages={"required": "Enter its twelve digits."}
    )
    regions = RegionsField()

    def clean_aws_account_id(self) -> str:
        """The console writes it in groups of four."""
        return str(self.cleaned_data["aws_account_id"]).replace("-", "").replace(" ", "")


class AccountRole(Refusing):
    """The role that was made, and the queue if there is one."""

    role_arn = forms.CharField(
        label="Role ARN", max_length=200, error_messages={"required": "Enter the ARN of the role."}
    )
    queue_url = forms.CharField(label="Queue URL", max_length=300, required=False)

    @classmethod
    def of(cls, account: CloudAccount) -> "AccountRole":
        """As it is stored; of a new account, as our template names the role."""
        ours = f"arn:aws:iam::{account.aws_account_id}:role/{ROLE_NAME}"
        return cls(initial={"role_arn": account.role_arn or ours, "queue_url": account.queue_url})


class AccountPlace(Refusing):
    """Its name and its regions."""

    name = forms.CharField(label="Name", max_length=80, error_messages={"required": "Give it a name."})
    regions = RegionsField()

    @classmethod
    def of(cls, account: CloudAccount) -> "AccountPlace":
        return cls(initial={"name": account.name, "regions": account.regions})
