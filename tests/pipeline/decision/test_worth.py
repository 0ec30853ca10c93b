"""Whether a move is worth it, case by case and as statements."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pipeline.decision.cost import disruption_cost
from apps.pipeline.decision.model import Kind, Move, PodView, Refusal
from apps.pipeline.decision.reasons import Reason
from apps.pipeline.decision.worth import escape, least_saving, worth_moving
from tests.pipeline.decision.views import NOW, node, offer, offers, policy

TWENTY_CHEAP = [0.03] * 20
SOME_PODS = tuple(PodView(100, NOW - timedelta(days=1), replayable=True) for _ in range(10))


def reasons(verdict):
    return [why.reason for why in verdict.because]


@pytest.mark.parametrize(
    ("given_node", "prices", "rules", "reason"),
    [
        (node(stay=None), TWENTY_CHEAP, {}, Reason.NO_MARKET),
        (node(), [], {}, Reason.NO_POOL_FITS),
        (node(), [0.06] * 20, {}, Reason.NOTHING_CHEAPER),
        (node(), [0.03] * 14, {}, Reason.TOO_FEW_CHEAPER),
        (node(), [0.0541] * 20, {}, Reason.SAVING_TOO_SMALL),  # 9.8 %
        (node(price=0.01), [0.006] * 20, {}, Reason.SAVING_TOO_SMALL),  # 40 %, but $0.004/h
        (node(pods=SOME_PODS * 40), TWENTY_CHEAP, {}, Reason.NOT_WORTH_IT),
    ],
)
def test_a_node_stays_for_a_reason(given_node, prices, rules, reason):
    verdict = worth_moving(given_node, offers(prices), policy(**rules), NOW)
    assert isinstance(verdict, Refusal)
    assert reasons(verdict) == [reason]


def test_a_refusal_carries_its_numbers():
    verdict = worth_moving(node(), offers([0.03] * 9), policy(), NOW)
    assert verdict.sentence == "Needs 15 cheaper pools, has 9."


def test_a_cheaper_pool_is_worth_it():
    verdict = worth_moving(node(pods=SOME_PODS), offers(TWENTY_CHEAP), policy(), NOW)
    assert isinstance(verdict, Move)
    assert (verdict.kind, verdict.saving) == (Kind.COST, Decimal("0.03"))
    assert verdict.sentence.startswith("Saves $0.0300/h (50 %): m6i.large us-east-1b spot, one of 20 cheaper")


def test_leaving_on_demand_needs_one_cheaper_pool_only():
    on_demand = node(price=0.096, pool={"lifecycle": "on_demand", "risk_upper": 0.0})
    assert isinstance(worth_moving(on_demand, offers([0.03]), policy(), NOW), Move)


def test_a_move_for_cost_never_ends_on_demand():
    choice = [*offers(TWENTY_CHEAP), offer(50, price=0.02, lifecycle="on_demand")]
    verdict = worth_moving(node(), choice, policy(), NOW)
    assert {pool.lifecycle for pool in verdict.candidates} == {"spot"}


def test_a_cheap_pool_that_dies_young_is_not_cheap():
    shaky, calm = (offers([0.035] * 20, risk_upper=risk) for risk in (0.04, 0.0003))
    rules = policy(weight_stability=0.7, weight_cost=0.1, weight_performance=0.1, weight_capacity=0.1)
    busy = node(pods=SOME_PODS)
    assert reasons(worth_moving(busy, shaky, rules, NOW)) != [Reason.CHEAPER]
    assert reasons(worth_moving(busy, calm, rules, NOW)) == [Reason.CHEAPER]


def test_a_pool_that_just_took_a_node_comes_after_a_comparable_one():
    bought = offer(1, price=0.0299, bought_lately=True)
    verdict = worth_moving(node(), [bought, *offers([0.03] * 20)[1:]], policy(), NOW)
    assert verdict.candidates[0].id != 1


def test_a_pool_that_just_took_a_node_is_bought_where_nothing_compares():
    bought = offer(1, price=0.02, bought_lately=True)
    verdict = worth_moving(node(), [bought, *offers([0.03] * 20)[1:]], policy(), NOW)
    assert verdict.candidates[0].id == 1


def test_a_risky_node_moves_without_any_saving_and_has_on_demand_as_last_resort():
    risky = node(price=0.02, pool={"risk_upper": 0.08})
    choice = [*offers([0.03] * 6), offer(50, price=0.096, lifecycle="on_demand")]
    verdict = worth_moving(risky, choice, policy(), NOW)
    assert verdict.kind is Kind.RISK
    assert [pool.lifecycle for pool in verdict.candidates] == ["spot"] * 4 + ["on_demand"]
    assert "up to 8 %; the ceiling is 5 %" in verdict.sentence


def test_an_interrupted_node_avoids_the_pool_it_is_taken_from():
    taken = node(7)
    verdict = escape(taken, [offer(7, price=0.01), offer(8, price=0.05)], policy(), Kind.INTERRUPTION)
    assert [pool.id for pool in verdict.candidates] == [8]


def test_an_interrupted_node_goes_on_demand_where_spot_has_no_room():
    way_out = offer(9, price=0.096, lifecycle="on_demand")
    verdict = escape(node(), [way_out], policy(), Kind.INTERRUPTION)
    assert [pool.id for pool in verdict.candidates] == [9]


def test_lost_work_makes_a_move_dear():
    def costs(replayable):
        pod = PodView(1900, NOW - timedelta(hours=20), replayable=replayable)
        moved = node(pods=(pod,))
        return disruption_cost(moved, moved.stay, offer(1), NOW)

    assert costs(replayable=False) - costs(replayable=True) == pytest.approx(
        Decimal("1.18"), abs=Decimal("0.01")
    )


prices = st.lists(st.floats(0.001, 0.2), max_size=30)


@given(
    prices,
    st.floats(0.002, 0.2),
    st.floats(0, 0.04),
    st.decimals(0, 60, places=1),
    st.decimals(0, "0.05", places=4),
    st.sampled_from(["spot", "on_demand"]),
)
def test_never_moves_for_less_than_the_policys_least_saving(choice, price, risk, share, amount, lifecycle):
    rules = policy(min_saving_pct=share, min_saving=amount)
    mover = node(price=price, pods=SOME_PODS, pool={"lifecycle": lifecycle})
    verdict = worth_moving(mover, offers(choice, risk_upper=risk), rules, NOW)
    if isinstance(verdict, Move):
        assert verdict.kind is Kind.COST
        for pool in verdict.candidates:
            assert mover.stay.price - pool.price >= least_saving(mover.stay.price, rules)
            assert mover.stay.price - pool.price >= amount


@given(prices, st.floats(0.002, 0.2), st.integers(0, 30))
def test_never_moves_from_spot_to_spot_with_too_few_cheaper_pools(choice, price, least):
    mover = node(price=price)
    verdict = worth_moving(mover, offers(choice), policy(min_cheaper_pools=least), NOW)
    cheaper = sum(Decimal(str(usd)) < mover.stay.price for usd in choice)
    assert isinstance(verdict, Refusal) or cheaper >= max(least, 1)


@given(prices, st.floats(0.002, 0.2), st.floats(0, 1))
def test_every_verdict_says_why(choice, price, risk):
    verdict = worth_moving(node(price=price, pool={"risk_upper": risk}), offers(choice), policy(), NOW)
    assert verdict.because and verdict.sentence


def recommended(ago=timedelta(minutes=5)):
    return node(rebalance_at=NOW - ago)


def test_a_recommendation_moves_a_node_where_the_policy_acts_on_it():
    verdict = worth_moving(recommended(), offers([0.07] * 3), policy(rebalance="act"), NOW)
    assert isinstance(verdict, Move)
    assert verdict.kind is Kind.RISK
    assert verdict.sentence.startswith(
        "AWS recommended at 11:55 UTC to move it, and the policy acts on that."
    )


@pytest.mark.parametrize(
    ("rebalance", "ago"),
    [("weigh", 5), ("ignore", 5), ("act", 6 * 60)],
    ids=["weighed", "ignored", "outlived"],
)
def test_a_recommendation_is_no_order_otherwise(rebalance, ago):
    moving = recommended(timedelta(minutes=ago))
    verdict = worth_moving(moving, offers([0.07] * 3), policy(rebalance=rebalance), NOW)
    assert reasons(verdict) == [Reason.NOTHING_CHEAPER]


@pytest.mark.parametrize(("lacking", "first"), [(0, "spot"), (2, "on_demand")])
def test_on_demand_comes_first_where_the_cluster_lacks_some(lacking, first):
    choice = [*offers([0.03] * 2), offer(9, price=0.096, lifecycle="on_demand", risk_upper=0.0)]
    verdict = escape(node(), choice, policy(), Kind.INTERRUPTION, lacking=lacking)
    assert [pool.lifecycle for pool in verdict.candidates].count("on_demand") == 1
    assert verdict.candidates[0].lifecycle == first
