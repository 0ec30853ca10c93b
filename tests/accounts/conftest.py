import uuid

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _a_cache_of_its_own(settings: Settings) -> None:
    """Tests run side by side on one Redis; what one counts is not another's."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": uuid.uuid4().hex}}
