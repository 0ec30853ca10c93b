"""An account in the emulated cloud whose role is made from our own template, and the product's row of it."""

from apps.fleet.models import CloudAccount, ConnectionTest
from apps.fleet.services.access_policy import documents_of
from apps.fleet.services.connection_tests import run_test, start_test
from tests.factories import AdminFactory, CloudAccountFactory
from tests.fleet.cloud.aws_account import Account, new_account
from tests.world.servers import AwsEmulator

PLATFORM = "arn:aws:iam::123456789012:root"


class OwnedAccount:
    """Both sides of one account: `row` is the draft, `aws` the owner's."""

    def __init__(self, emulator: AwsEmulator, **fields: object) -> None:
        self.emulator = emulator
        self.aws: Account = new_account(emulator)
        self.row: CloudAccount = CloudAccountFactory(
            aws_account_id=self.aws.id, role_arn="", connected_at=None, **fields
        )

    def make_role(self) -> "OwnedAccount":
        """Deploy the template, and enter what it made."""
        stacks = self.aws.owner("cloudformation")
        stacks.create_stack(
            StackName="atharva",
            TemplateBody=documents_of(self.row).cloudformation,
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        [stack] = stacks.describe_stacks(StackName="atharva")["Stacks"]
        made = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        self.row.role_arn, self.row.queue_url = made["RoleArn"], made["QueueUrl"]
        self.row.save()
        return self

    def deny(self, *actions: str) -> None:
        """Take permissions away, whatever the role's policy says; none gives all of them back."""
        self.emulator.order("iam", account_id=self.aws.id, deny=list(actions))

    def tested(self) -> ConnectionTest:
        """A test, run to its end."""
        test = start_test(self.row, by=AdminFactory())
        run_test(test.pk)
        test.refresh_from_db()
        return test
