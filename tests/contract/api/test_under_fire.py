"""Whatever is sent to the API, and whoever sends it: the answer is one that the schema names."""

import uuid
from collections.abc import Iterator

import hypothesis
import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from pytest_django import Settings
from schemathesis import Case

from tests.contract.api.contract import EXAMPLES, IS_OPEN, contract
from tests.contract.api.world import NOBODY_LISTENS, Who, World

drawn, bounds = contract("fuzzing"), contract("coverage")
if not IS_OPEN:
    bounds = bounds.include(method=["POST", "PUT"])  # lists have their bounds in common


@pytest.fixture
def one_connection(db: None) -> Iterator[None]:
    """As Django's own test client: a request leaves the test's connection and its transaction open."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def world(one_connection: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> World:
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": uuid.uuid4().hex}}
    unlimited = dict.fromkeys(settings.LIMITS, "1000000/s")
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": unlimited}
    settings.AWS_ENDPOINT_URL = NOBODY_LISTENS
    settings.AWS_PLATFORM_PRINCIPAL = "arn:aws:iam::123456789012:role/platform"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "platform")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "platform")
    return World()


# The world is made once for all the requests of a test: each leaves it as it was.
settings_of_all = hypothesis.settings(
    max_examples=EXAMPLES, suppress_health_check=list(hypothesis.HealthCheck), deadline=None
)


@pytest.mark.parametrize("who", list(Who))
@drawn.parametrize()
@settings_of_all
def test_every_answer_is_one_that_the_schema_names(case: Case, who: Who, world: World) -> None:
    ask(case, who, world)


@pytest.mark.parametrize("who", list(Who) if IS_OPEN else [Who.ADMIN])
@bounds.parametrize()
@settings_of_all
def test_at_every_bound_the_answer_is_one_that_the_schema_names(case: Case, who: Who, world: World) -> None:
    ask(case, who, world)


def ask(case: Case, who: Who, world: World) -> None:
    world.point(case)
    with transaction.atomic():
        case.call_and_validate(headers=world.headers[who])
        transaction.set_rollback(True)
