import pytest

from apps.fleet.models import CloudAccount
from tests.factories import CloudAccountFactory
from tests.fleet.cloud.aws_account import EXTERNAL_ID, Account, new_account
from tests.fleet.kube.standin import StandIn, TestCluster
from tests.world.servers import AwsEmulator, KubeStandIn


@pytest.fixture
def aws(aws_emulator: AwsEmulator, cloud_settings: None) -> Account:
    """The account in the cloud."""
    return new_account(aws_emulator)


@pytest.fixture
def account(aws: Account, db: None) -> CloudAccount:
    """The same account as the platform was told of it."""
    row: CloudAccount = CloudAccountFactory(
        aws_account_id=aws.id, role_arn=aws.role_arn, external_id=EXTERNAL_ID
    )
    return row


@pytest.fixture
def kube_cluster(kube_stand_in: KubeStandIn) -> TestCluster:
    """A cluster that answers."""
    return StandIn(kube_stand_in).cluster()
