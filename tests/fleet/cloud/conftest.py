from collections.abc import Callable, Iterator
from time import monotonic, sleep
from typing import Any

import pytest

from .emulator import Account, Emulator, running_emulator


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with running_emulator() as emulator:
        yield emulator


@pytest.fixture(autouse=True)
def platform_credentials(settings: Any, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.AWS_ENDPOINT_URL = emulator.url
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "platform")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "platform")


@pytest.fixture
def account(emulator: Emulator) -> Account:
    return emulator.account()


def eventually(condition: Callable[[], object], seconds: float = 15) -> None:
    """Wait until `condition` holds; the emulator boots and ends instances in its own time."""
    deadline = monotonic() + seconds
    while not condition():
        assert monotonic() < deadline, "it did not happen in time"
        sleep(0.05)
