"""From the time of an answer nobody can tell whether a username exists: with production's hash, over HTTP."""

import gc
import random
import statistics
from collections.abc import Callable, Iterator
from itertools import count
from time import perf_counter

import pytest
from django.test import override_settings
from rest_framework.test import APIClient
from scipy.stats import mannwhitneyu

from apps.accounts.models import User
from atharva.settings import identity
from tests.factories import ClientUserFactory

pytestmark = pytest.mark.django_db
TURNS, WARM_UP = 150, 10
# One run in a thousand fails by chance alone; and a difference that matters is a good part of the spread.
CHANCE, SHARE_OF_SPREAD = 0.001, 0.25
# What a try that hashes nothing would save is four times this: the measure has to see it.
SHARPNESS = 0.25

Seconds = list[float]


@pytest.fixture(autouse=True)
def _hash_of_production() -> Iterator[None]:
    with override_settings(PASSWORD_HASHERS=identity.PASSWORD_HASHERS):
        yield


@pytest.fixture
def person() -> User:
    return ClientUserFactory()


@pytest.fixture
def try_as() -> Callable[[str], float]:
    """Seconds until a wrong password is answered; each from another address, as nobody has to wait there."""
    numbers = count()

    def tried(username: str) -> float:
        number = next(numbers)
        browser = APIClient(REMOTE_ADDR=f"10.0.{number // 250}.{number % 250 + 1}")
        begun = perf_counter()
        answer = browser.post("/api/auth/login", {"username": username, "password": "not-the-password"})
        took = perf_counter() - begun
        assert answer.status_code == 401
        return took

    return tried


def measured(**tries: Callable[[], float]) -> dict[str, Seconds]:
    """All by turns in a random order, so that whatever else the machine does meets all alike."""
    found: dict[str, Seconds] = {name: [] for name in tries}
    gc.disable()
    try:
        for turn in range(WARM_UP + TURNS):
            for name in random.sample(list(tries), len(tries)):
                took = tries[name]()
                if turn >= WARM_UP:
                    found[name].append(took)
    finally:
        gc.enable()
    return found


def told_apart(one: Seconds, other: Seconds) -> bool:
    """Whether the two can be told apart, by rank or by how far their medians are from each other."""
    p = float(mannwhitneyu(one, other).pvalue)
    difference = statistics.median(one) - statistics.median(other)
    quartiles = statistics.quantiles(one + other, n=4)
    spread = quartiles[2] - quartiles[0]
    print(
        f"medians {statistics.median(one) * 1000:.2f} and {statistics.median(other) * 1000:.2f} ms, "
        f"difference {difference * 1000:+.3f} ms, spread {spread * 1000:.2f} ms, p {p:.3f}, n {len(one)} each"
    )
    return p < CHANCE or abs(difference) > SHARE_OF_SPREAD * spread


def test_a_wrong_password_takes_the_same_time_whoever_is_named(person, try_as) -> None:
    blocked = ClientUserFactory(status="blocked")
    unknown = (f"person{number}@unknown.example" for number in count())
    took = measured(
        known=lambda: try_as(person.username),
        unknown=lambda: try_as(next(unknown)),
        blocked=lambda: try_as(blocked.username),
    )
    assert not told_apart(took["known"], took["unknown"])
    assert not told_apart(took["known"], took["blocked"])
    less = SHARPNESS * statistics.median(took["known"])
    assert told_apart(took["known"], [seconds - less for seconds in took["unknown"]])
