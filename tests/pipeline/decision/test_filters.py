"""Each pool that falls out does so for the reason that a person would name."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from apps.pipeline.decision.capacity import allocatable
from apps.pipeline.decision.filters import size_filter, static_refusal
from apps.pipeline.decision.funnel import narrow
from apps.pipeline.decision.model import Site
from apps.pipeline.decision.reasons import Reason
from tests.pipeline.decision.views import LARGE, NOW, policy, pool

SITE = Site({"amd64": frozenset({"us-east-1a", "us-east-1b"})})
BOTH = Site(
    {name: frozenset({"us-east-1b"}) for name in ("amd64", "arm64")}, architectures=frozenset({"amd64"})
)
NEED = replace(LARGE, pods=0)
FEW_CPUS = allocatable(1000, 8192, 29)


@pytest.mark.parametrize(
    ("changes", "rules", "reason"),
    [
        ({"price": None}, {}, Reason.NOT_PRICED),
        ({"on_demand": None}, {}, Reason.NOT_PRICED),
        ({"architecture": "arm64"}, {"architectures": frozenset({"amd64"})}, Reason.ARCHITECTURE),
        ({"architecture": "arm64"}, {}, Reason.NO_TEMPLATE),
        ({"zone": "us-east-1f"}, {}, Reason.NO_SUBNET),
        ({}, {"families": frozenset({"c6i"})}, Reason.FAMILY),
        ({"generation": 4}, {}, Reason.GENERATION),
        ({"price": 0.096}, {}, Reason.ABOVE_ON_DEMAND),
        ({"set_aside_until": NOW + timedelta(seconds=1)}, {}, Reason.SET_ASIDE),
    ],
)
def test_a_pool_falls_out_for(changes, rules, reason):
    why = static_refusal(pool(**changes), policy(**rules), SITE, NOW)
    assert why is not None
    assert why.reason is reason
    assert why.sentence


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"set_aside_until": NOW},
        {"lifecycle": "on_demand", "price": 0.096},
    ],
)
def test_a_pool_passes(changes):
    assert static_refusal(pool(**changes), policy(), SITE, NOW) is None


def test_an_architecture_that_no_node_has_is_counted_out():
    why = static_refusal(pool(architecture="arm64"), policy(), BOTH, NOW)
    assert why is not None
    assert why.reason is Reason.OTHER_ARCHITECTURE
    assert "arm64" in why.sentence


def test_an_architecture_that_the_policy_names_passes():
    named = policy(architectures=frozenset({"amd64", "arm64"}))
    assert static_refusal(pool(architecture="arm64"), named, BOTH, NOW) is None


def test_a_pool_is_large_enough_if_it_holds_the_smallest_node():
    small = replace(FEW_CPUS, pods=0)
    assert size_filter([pool(room=FEW_CPUS)], [NEED, small]).stopped == {}
    assert size_filter([pool(room=FEW_CPUS)], [NEED]).stopped == {Reason.TOO_SMALL: 1}


def test_the_funnel_counts_each_stage_and_reason():
    pools = [
        pool(6),
        pool(12, generation=4),
        pool(18, zone="us-east-1f"),
        pool(24, risk_upper=0.2),
        pool(30),
        pool(42, room=FEW_CPUS),
        pool(36, lifecycle="on_demand", price=0.096),
    ]
    funnel = narrow(pools, policy(), SITE, lambda prices: {6: 3, 24: 3, 30: 2, 42: 3}, NOW)
    counts = funnel.counts([NEED])
    assert (counts.scanned, counts.static_filters, counts.ml_prediction) == (6, 2, 1)
    assert counts.rejections == {
        "static_filters": {
            Reason.GENERATION: 1,
            Reason.NO_SUBNET: 1,
            Reason.PRICE_FRESH: 1,
            Reason.TOO_SMALL: 1,
        },
        "ml_prediction": {Reason.TOO_RISKY: 1},
    }
    assert [offer.pool.id for offer in funnel.offers] == [6, 42, 36]


def test_the_risk_makes_an_offer_dearer_than_its_price():
    offers = narrow(
        [pool(6, risk_upper=0.04), pool(12, risk_upper=0.0)],
        policy(),
        SITE,
        lambda prices: dict.fromkeys(prices, 3),
        NOW,
    ).offers
    # lean 0.3 / 0.4, three hours of the price for an interruption, 4 % of them
    assert offers[0].risk_adjusted == Decimal("0.03") * Decimal("1.09")
    assert offers[1].risk_adjusted == Decimal("0.03")


def test_allocatable_is_what_eks_leaves_of_an_m5_large():
    room = allocatable(2000, 8192, 29)
    assert (room.cpu_milli, room.pods) == (1930, 29)
    assert room.memory_mib == 6903
