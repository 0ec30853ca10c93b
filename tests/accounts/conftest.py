import uuid
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from celery_app import app


@pytest.fixture(autouse=True)
def _a_cache_of_its_own(settings: Settings) -> None:
    """Tests run side by side on one Redis; what one counts is not another's."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": uuid.uuid4().hex}}


@pytest.fixture
def at_once() -> Iterator[None]:
    """Tasks run where they are sent from."""
    app.conf.update(task_always_eager=True, task_eager_propagates=True)
    yield
    app.conf.update(task_always_eager=False, task_eager_propagates=False)
