import pytest

from tests.world.servers import AwsEmulator

from .aws_account import Account, new_account


@pytest.fixture
def account(aws_emulator: AwsEmulator, cloud_settings: None) -> Account:
    return new_account(aws_emulator)
