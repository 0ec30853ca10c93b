"""How often one address may ask, and that nobody works around it or is kept out by its failure."""

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError as NoRedis

from apps.accounts.services.limits import limit, neighbourhood_of
from atharva.api.problems import TooManyRequests


@pytest.fixture(autouse=True)
def _two_an_hour(settings) -> None:
    rates = {"sign_up": "2/h", "reset": "2/h"}
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": rates}


@pytest.fixture
def ask(rf):
    def asked(action: str = "sign_up", address: str = "203.0.113.9", **headers: str) -> None:
        limit(rf.post("/", REMOTE_ADDR=address, **headers), action)

    return asked


def test_the_third_time_has_to_wait_and_says_for_how_long(ask) -> None:
    ask(), ask()
    with pytest.raises(TooManyRequests) as refused:
        ask()
    assert 3590 < refused.value.details["retry_after"] <= 3601


def test_another_address_and_another_action_are_counted_apart(ask) -> None:
    ask(), ask()
    ask(address="203.0.113.10")
    ask(action="reset")


def test_a_header_makes_no_other_address(ask) -> None:
    ask(HTTP_X_FORWARDED_FOR="198.51.100.1"), ask(HTTP_X_FORWARDED_FOR="198.51.100.2")
    with pytest.raises(TooManyRequests):
        ask(HTTP_X_FORWARDED_FOR="198.51.100.3")


@pytest.mark.parametrize(
    ("address", "counts_as"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("", ""),
    ],
)
def test_who_has_a_network_of_addresses_has_one(address, counts_as) -> None:
    assert neighbourhood_of(address) == counts_as


def test_without_redis_people_can_go_on(ask, settings) -> None:
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
    with pytest.raises(NoRedis):
        cache.get("anything")
    for _ in range(3):
        ask()
