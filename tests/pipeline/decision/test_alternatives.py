"""Beside each verdict: the scores that decided, and why the next best pools were not chosen."""

from dataclasses import replace

import pytest

from apps.pipeline.decision.alternatives import MOST, weigh
from apps.pipeline.decision.funnel import Funnel, NearMiss
from apps.pipeline.decision.model import Kind, Refusal
from apps.pipeline.decision.reasons import Reason, Why
from apps.pipeline.decision.worth import escape, worth_moving
from tests.pipeline.decision.views import NOW, node, offer, offers, policy


def funnel_of(choice, rules, near=()):
    return Funnel(rules, 0, (), {}, tuple(choice), tuple(near))


def weighed_for(moving, choice, rules=None, near=()):
    rules = rules or policy()
    verdict = worth_moving(moving, choice, rules, NOW)
    [weighed] = weigh([verdict], funnel_of(choice, rules, near), NOW)
    return verdict, weighed


def reasons(weighed):
    return [other.why.reason for other in weighed.others]


def test_staying_and_each_candidate_are_scored_in_four_parts():
    moving, rules = node(), policy()
    verdict, weighed = weighed_for(moving, offers([0.03] * 20), rules)
    assert [rated.offer.pool for rated in weighed.chosen] == list(verdict.candidates)
    for rated in (weighed.stay, *weighed.chosen):
        score = rated.score
        parts = score.cost * 0.4 + score.stability * 0.3 + score.performance * 0.15 + score.capacity * 0.15
        assert score.total == pytest.approx(parts)
        assert score.performance == 0.5
    assert weighed.stay.score.cost < weighed.chosen[0].score.cost


def test_the_next_best_are_named_with_the_score_that_was_better():
    verdict, weighed = weighed_for(node(), offers([0.03 + number / 1000 for number in range(20)]))
    assert len(weighed.others) == MOST
    assert reasons(weighed) == [Reason.RANKED_LOWER] * MOST
    chosen = {pool.id for pool in verdict.candidates}
    assert not chosen & {other.rated.offer.pool.id for other in weighed.others}
    best = verdict.candidates[0].title
    assert weighed.others[0].why.sentence == f"Scores 0.633; {best} scores 0.650."


@pytest.mark.parametrize(("price", "reason"), [(0.07, Reason.DEARER), (0.057, Reason.SAVING_TOO_SMALL)])
def test_a_pool_that_brings_nothing_says_so(price, reason):
    _, weighed = weighed_for(node(), [offer(1, price=price)])
    assert reasons(weighed) == [reason]


def test_a_node_that_may_not_move_carries_its_own_reason_to_the_pools_that_would_do():
    rules, young = policy(), node()
    why = Why(Reason.TOO_YOUNG, "1 min", "30 min")
    [weighed] = weigh([Refusal(young, (why,))], funnel_of(offers([0.03]), rules), NOW)
    assert [other.why for other in weighed.others] == [why]


def test_a_better_pool_that_only_just_fell_out_is_shown_with_its_reason():
    risky = NearMiss(offer(50, price=0.01), Why(Reason.TOO_RISKY, "9 %", "5 %"))
    _, weighed = weighed_for(node(), offers([0.03] * 20), near=[risky])
    assert weighed.others[0].rated.offer.pool.id == 50
    assert weighed.others[0].why.sentence == (
        "May be interrupted within an hour with up to 9 %; the ceiling is 5 %."
    )


def test_on_demand_is_the_last_resort():
    rules, taken = policy(), node()
    choice = [*offers([0.03] * 2), offer(9, price=0.096, lifecycle="on_demand", risk_upper=0.0)]
    verdict = escape(taken, choice, rules, Kind.INTERRUPTION)
    assert [pool.lifecycle for pool in verdict.candidates] == ["spot", "spot", "on_demand"]
    _, weighed = weighed_for(taken, choice)
    assert Reason.LAST_RESORT in reasons(weighed)


def test_alike_nodes_are_ranked_once_and_answered_each():
    rules, choice = policy(), offers([0.03] * 20)
    alike = [replace(node(), id=number) for number in range(50)]
    verdicts = [worth_moving(each, choice, rules, NOW) for each in alike]
    assert len(weigh(verdicts, funnel_of(choice, rules), NOW)) == 50
