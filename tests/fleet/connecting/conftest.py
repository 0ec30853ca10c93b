"""Accounts of the emulated cloud, as their owners prepare them."""

import pytest
from pytest_django import Settings

from tests.world.servers import AwsEmulator

from .cloud_accounts import PLATFORM, OwnedAccount


@pytest.fixture
def owned(aws_emulator: AwsEmulator, cloud_settings: None, settings: Settings, db: None) -> OwnedAccount:
    """An account whose owner has not made the role yet."""
    settings.AWS_PLATFORM_PRINCIPAL = PLATFORM
    return OwnedAccount(aws_emulator)
