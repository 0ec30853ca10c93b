import pytest
from django.utils import timezone

from apps.fleet.statuses import CloudEventState, NoticeKind, SwitchState
from tests.factories import (
    ClientUserFactory,
    CloudEventFactory,
    ClusterFactory,
    CompleteSwitchFactory,
    LabFactory,
    NotificationFactory,
    SpotInstanceFactory,
    SwitchFactory,
    SwitchStepFactory,
)

PARTS = ["/operations/cards", "/operations/events", "/operations/tenants", "/operations/status"]


@pytest.mark.requirement("2.1")
def test_shows_the_four_cards_in_order(operator):
    SpotInstanceFactory.create_batch(2)
    page = operator.get("/operations")
    cards = [(card.key, card.value) for card in page.context["cards"]]
    assert cards == [
        ("active_instances", "2"),
        ("risk_detected", "0"),
        ("cost_savings", "$0"),
        ("optimizations", "0"),
    ]
    text = page.content.decode()
    places = [text.index(f'data-key="{key}"') for key, _ in cards]
    assert places == sorted(places)


@pytest.mark.requirement("2.3")
def test_the_risk_card_splits_its_count_by_kind(operator):
    NotificationFactory(kind=NoticeKind.REBALANCE)
    NotificationFactory.create_batch(2, kind=NoticeKind.TERMINATION)
    assert b"1 rebalance, 2 taken" in operator.get("/operations/cards").content


@pytest.mark.parametrize("path", ["/operations", *PARTS])
def test_only_operators_may_look(path, browser_of, client):
    assert browser_of(ClientUserFactory()).get(path).status_code == 403
    assert browser_of(LabFactory()).get(path).status_code == 403
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/sign-in?next={path}")


def test_the_feed_has_switches_notices_and_dead_letters_newest_first(operator):
    switch = SwitchFactory()
    SwitchStepFactory(switch=switch, state=SwitchState.SUGGESTED, detail="It is cheaper there.")
    SwitchStepFactory(switch=switch, state=SwitchState.PREPARING, detail="Not told.")
    NotificationFactory(cluster=switch.cluster, text="AWS takes a node.", kind=NoticeKind.TERMINATION)
    CloudEventFactory(state=CloudEventState.DEAD, note="No instance id.", received_at=timezone.now())
    CloudEventFactory(note="Handled well.")
    page = operator.get("/operations/events")
    labels = [event.label for event in page.context["events"]]
    assert labels == ["Not understood", "Interruption", "Suggested"]
    text = page.content.decode()
    assert "It is cheaper there." in text and "No instance id." in text
    assert "Not told." not in text and "Handled well." not in text


def test_tenants_are_listed_with_their_health(operator):
    well, ill = ClusterFactory(), ClusterFactory()
    SpotInstanceFactory(cluster=well)
    SpotInstanceFactory(cluster=ill, interruption_at=timezone.now())
    rows = operator.get("/operations/tenants").context["tenants"]
    assert [(row.id, row.figures.health.label) for row in rows] == [
        (ill.client_id, "1 interrupted"),
        (well.client_id, "Healthy & Optimised"),
    ]


def test_queries_do_not_grow_with_the_platform(operator, django_assert_max_num_queries):
    for _ in range(4):
        cluster = ClusterFactory()
        SpotInstanceFactory.create_batch(3, cluster=cluster)
        SwitchStepFactory(switch=CompleteSwitchFactory(cluster=cluster), state=SwitchState.COMPLETE)
        NotificationFactory(cluster=cluster)
    with django_assert_max_num_queries(25):
        operator.get("/operations")
    with django_assert_max_num_queries(11):
        operator.get("/operations/cards")


def test_what_runs_is_counted_in_the_header(operator):
    SwitchFactory.create_batch(2)
    CompleteSwitchFactory(finished_at=timezone.now())
    assert b"3 switches, 1 done" in operator.get("/operations/status").content


def test_nothing_runs_is_not_said(operator):
    CompleteSwitchFactory(finished_at=timezone.now())
    assert b"opchip" not in operator.get("/operations/status").content
