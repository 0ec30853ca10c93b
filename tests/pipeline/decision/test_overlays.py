"""What a tenant really pays decides, and is said to be the tenant's own price."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.fleet.models import PriceOverlay
from apps.pipeline.decision.filters import static_refusal
from apps.pipeline.decision.model import Site
from apps.pipeline.decision.overlays import Overlay, overlays_of, paid
from apps.pipeline.decision.pools import pool_views
from apps.pipeline.decision.reasons import Reason
from apps.pipeline.decision.worth import worth_moving
from tests.factories import ClientFactory, OnDemandPoolFactory, PoolFactory
from tests.pipeline.decision.views import NOW, node, offer, policy, pool

LIST = Decimal("0.096")
SITE = Site({"amd64": frozenset({"us-east-1b"})})


@pytest.mark.parametrize(
    ("overlay", "price"),
    [
        (Overlay("m5.*", "on_demand", price=Decimal("0.05")), "0.05"),
        (Overlay("*", "on_demand", discount_pct=Decimal(25)), "0.072"),
        (Overlay("m6i.*", "on_demand", price=Decimal("0.05")), "0.096"),
        (Overlay("*", "spot", price=Decimal("0.05")), "0.096"),
    ],
)
def test_an_overlay_holds_for_what_it_names(overlay, price):
    assert paid(LIST, "m5.large", "on_demand", [overlay]) == Decimal(price)


def test_of_several_the_lowest_price_holds():
    several = [
        Overlay("*", "on_demand", discount_pct=Decimal(10)),
        Overlay("m5.*", "on_demand", Decimal("0.07")),
    ]
    assert paid(LIST, "m5.large", "on_demand", several) == Decimal("0.07")


def test_spot_that_costs_more_than_ones_own_on_demand_price_is_no_candidate():
    reserved = pool(price=0.03, on_demand_paid=Decimal("0.02"))
    why = static_refusal(reserved, policy(), SITE, NOW)
    assert why.reason is Reason.ABOVE_ON_DEMAND
    assert why.sentence == "Costs $0.0300/h; on-demand costs $0.0200/h."


def test_a_node_that_is_paid_for_stays_and_the_sentence_says_whose_price_it_is():
    reserved = node(price=0.02, pool={"lifecycle": "on_demand", "risk_upper": 0.0, "listed": LIST})
    verdict = worth_moving(reserved, [offer(1, price=0.03)], policy(), NOW)
    assert (
        verdict.sentence == "It costs $0.0200/h at your price; the cheapest pool that fits costs $0.0300/h."
    )


def test_what_costs_nothing_more_can_be_weighed():
    free = node(price=0, pool={"lifecycle": "on_demand", "risk_upper": 0.0, "on_demand": Decimal(0)})
    assert worth_moving(free, [offer(1)], policy(), NOW).because[0].reason is Reason.NOTHING_CHEAPER


@pytest.mark.django_db
def test_overlays_of_the_tenant_the_region_and_the_time(django_assert_num_queries):
    client, now = ClientFactory(), timezone.now()

    def overlay(pattern, **fields):
        fields = {"client": client, "discount_pct": 10, **fields}
        PriceOverlay.objects.create(instance_types=pattern, **fields)

    overlay("everywhere")
    overlay("here", region="us-east-1")
    overlay("still", valid_until=now + timedelta(seconds=1))
    overlay("over", valid_until=now)
    overlay("elsewhere", region="eu-west-1")
    overlay("others", client=ClientFactory())
    with django_assert_num_queries(1):
        found = overlays_of(client.pk, "us-east-1", now)
    assert {each.pattern for each in found} == {"everywhere", "here", "still"}


@pytest.mark.django_db
def test_the_pools_cost_what_is_paid_and_keep_their_list_price(django_assert_num_queries):
    PoolFactory()
    OnDemandPoolFactory()
    overlays = [Overlay("m6i.*", "on_demand", discount_pct=Decimal(50))]
    with django_assert_num_queries(2):
        spot, on_demand = pool_views("us-east-1", frozenset(), overlays).values()
    assert (spot.price, spot.on_demand_paid, spot.at_own_price) == (Decimal("0.03"), Decimal("0.048"), False)
    assert (on_demand.price, on_demand.listed, on_demand.on_demand) == (Decimal("0.048"), LIST, LIST)
    assert on_demand.at_own_price
