import pytest

from tests.world import servers


@pytest.fixture
def free_port() -> int:
    return servers.free_port()
