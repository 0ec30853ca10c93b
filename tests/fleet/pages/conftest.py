"""People at their browsers, and a fleet to look at."""

from collections.abc import Callable

import pytest
from django.test import Client as Browser

from apps.accounts.models import User
from tests.factories import AdminFactory


@pytest.fixture
def operator(browser_of: Callable[[User], Browser]) -> Browser:
    return browser_of(AdminFactory())
