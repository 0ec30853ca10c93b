"""However often its steps die, run twice or race, a launch buys one instance and says the truth of it."""

import random
from time import sleep

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.fleet.models import Launch, LaunchOutcome, Pool
from apps.fleet.services.discovery import refresh_awaited
from apps.fleet.services.launching import advancing
from apps.fleet.services.launching.looking import Sight
from apps.fleet.statuses import LaunchState

from .conftest import Buyer

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """What a SIGKILL is to the code under test: nothing after it runs."""


def living_of(buyer: Buyer, launch: Launch) -> set[str]:
    """The living instances that carry the launch's tag."""
    filters = [
        {"Name": "tag:atharva.ai/launch", "Values": [str(launch.pk)]},
        {"Name": "instance-state-name", "Values": ["pending", "running"]},
    ]
    found = buyer.tenant.cloud.ec2.describe_instances(Filters=filters)["Reservations"]
    return {instance["InstanceId"] for one in found for instance in one["Instances"]}


def test_dying_before_every_record_still_ends_with_one_node(
    buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    launch, store, deaths = buyer.begin(buyer.waiting()), advancing.store, set[int]()

    def die_once_a_revision(row: Launch, outcome: LaunchOutcome) -> bool:
        if row.revision not in deaths:
            deaths.add(row.revision)
            raise Killed
        return store(row, outcome)

    monkeypatch.setattr(advancing, "store", die_once_a_revision)
    while launch.finished_at is None:
        try:
            refresh_awaited()
            advancing.advance(launch.pk)
        except Killed:
            pass
        launch.refresh_from_db()
        sleep(0.05)

    assert launch.state == LaunchState.READY
    assert len(deaths) >= 4
    assert buyer.bought == {launch.instance.ec2_id}


TURNS = st.lists(
    st.sampled_from(["step", "die after acting", "act on what was read before", "dry", "wet"]),
    min_size=3,
    max_size=12,
)


@given(turns=TURNS, chance=st.randoms(use_true_random=False))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_order_of_deaths_races_and_empty_pools_buys_twice(
    buyer: Buyer, turns: list[str], chance: random.Random
) -> None:
    launch, read = buyer.begin([]), list[Launch]()
    for turn in turns:
        rows = advancing.load([launch.pk])
        read += rows
        match turn:
            case "dry":
                buyer.tenant.aws.order("exhaust", lifecycle="spot", minutes=5)
            case "wet":
                buyer.tenant.aws.order("reset")
                Pool.objects.update(set_aside_until=None)
            case "act on what was read before":
                step(chance.choice(read))
            case "step" if rows:
                step(*advancing.load([launch.pk]))
            case "die after acting" if rows:
                advancing.take_step(rows[0], Sight(rows[0].cluster))
    buyer.tenant.aws.order("reset")
    Pool.objects.update(set_aside_until=None)

    launch.refresh_from_db()
    living = living_of(buyer, launch)
    assert len(living) <= 1
    if launch.instance is not None:
        assert living == {launch.instance.ec2_id}


def step(row: Launch) -> None:
    """What a worker does that read the row at some time before."""
    advancing.store(row, advancing.take_step(row, Sight(row.cluster)))
