from collections.abc import AsyncIterator

import pytest

from tests.sandbox.kube.world import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    yield made
    made.sandbox.stop()
