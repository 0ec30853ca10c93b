"""People of each role with an API client that carries their token."""

import uuid
from collections.abc import Callable

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.accounts.services.sessions import open_family


@pytest.fixture
def as_user() -> Callable[[User], APIClient]:
    """An API client with the access token of a person."""

    def client_of(user: User) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {open_family(user).access}")
        return client

    return client_of


@pytest.fixture(autouse=True)
def _a_cache_of_its_own(settings: Settings) -> None:
    """Tests run side by side on one Redis; what one counts is not another's."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": uuid.uuid4().hex}}
