"""People at their browsers, and a fleet to look at."""

from collections.abc import Callable

import pytest
from django.test import Client as Browser

from apps.accounts.models import User
from tests.factories import AdminFactory


@pytest.fixture
def browser_of(db: None) -> Callable[[User], Browser]:
    """A browser in which a person is signed in."""

    def signed_in(user: User) -> Browser:
        browser = Browser()
        browser.force_login(user)
        return browser

    return signed_in


@pytest.fixture
def operator(browser_of: Callable[[User], Browser]) -> Browser:
    return browser_of(AdminFactory())
