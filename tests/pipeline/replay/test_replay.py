"""A small market, replayed: what each strategy does, and what holds of the engine's moves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.pipeline.decision.model import ON_DEMAND, SPOT, PolicyView, PoolView, Room
from apps.pipeline.replay.checking import faults
from apps.pipeline.replay.model import Change, Market, Moved, Seat
from apps.pipeline.replay.report import as_html, rows
from apps.pipeline.replay.running import Replay, replay
from apps.pipeline.replay.simulating import Setting

START = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ROOM = Room(4000, 16000, 110)
POLICY = PolicyView(mode="active", min_cheaper_pools=1)


def pool(number: int, price: str, *, lifecycle: str = SPOT, zone: str = "a") -> PoolView:
    return PoolView(
        id=number,
        instance_type=f"m5.size{number}",
        family="m5",
        generation=5,
        architecture="amd64",
        zone=zone,
        lifecycle=lifecycle,
        room=ROOM,
        price=Decimal(price),
        on_demand=Decimal("0.200"),
        risk_upper=0.0 if lifecycle == ON_DEMAND else 0.001,
    )


def market(*changes: Change, hazard: float = 0.0, days: int = 2) -> Market:
    pools = [pool(0, "0.200", lifecycle=ON_DEMAND), *(pool(n, f"0.0{50 + n}") for n in range(1, 6))]
    return Market(
        region="us-east-1",
        start=START,
        end=START + days * DAY,
        pools={view.id: view for view in pools},
        hazards={view.id: hazard for view in pools if view.lifecycle == SPOT},
        changes=changes,
    )


SEATS = [Seat(number, Room(2000, 8000, 10), 10, 0) for number in range(6)]
BUCKETS = dict.fromkeys(range(1, 6), 0)


def run(of: Market, policy: PolicyView = POLICY) -> Replay:
    return replay(of, BUCKETS, SEATS, policy, setting=Setting(), progress=lambda title, share: None)


def test_on_demand_costs_its_price_for_every_hour_and_never_moves() -> None:
    outcome = run(market()).outcome("on_demand")
    assert outcome.cost == pytest.approx(6 * 0.200 * 48)
    assert outcome.moves == []
    assert [day.date for day in outcome.days] == ["2026-03-01", "2026-03-02"]


def test_the_engine_brings_the_fleet_to_spot_at_its_own_pace_and_stays_there() -> None:
    done = run(market())
    assert {move.seat for move in done.engine.moves} == set(range(6))
    assert done.engine.cost < done.outcome("on_demand").cost * 0.35
    assert done.faults == []


def test_a_price_that_swings_is_chased_by_the_cheapest_pool_baseline_and_not_by_the_engine() -> None:
    swings = [
        Change(START + n * timedelta(hours=1), 1, Decimal("0.049") if n % 2 else Decimal("0.053"))
        for n in range(1, 47)
    ]
    done = run(market(*swings))
    assert done.outcome("cheapest").moves_per_node_day > 5
    assert done.engine.moves_per_node_day < 1


def test_a_change_takes_effect_at_its_time_and_not_before() -> None:
    risen = run(market(Change(START + DAY, 0, Decimal("0.400")))).outcome("on_demand")
    assert [day.cost for day in risen.days] == pytest.approx([6 * 0.2 * 24, 6 * 0.4 * 24], rel=0.02)


def test_every_strategy_has_the_same_luck_and_a_replay_can_be_repeated() -> None:
    of = market(hazard=0.02)
    one, other = run(of), run(of)
    assert one.engine.interruptions > 0
    assert one.outcome("on_demand").interruptions == 0
    assert [o.cost for o in one.outcomes] == [o.cost for o in other.outcomes]
    assert as_html(one) == as_html(other)


def test_an_interrupted_node_is_replaced_and_its_pool_remembers() -> None:
    done = run(market(hazard=0.05, days=3))
    assert done.engine.interruptions > 5
    assert done.faults == []


def test_the_report_shows_each_strategy_with_its_share_of_on_demand() -> None:
    done = run(market())
    text = as_html(done)
    assert [row.outcome.title for row in rows(done)][0] == "Atharva.AI"
    assert rows(done)[1].cost_pct == pytest.approx(100)
    for row in rows(done):
        assert row.outcome.title in text
    assert text.count("<svg") == 3


MOVE = Moved(START, 0, "cost", 0, 1, Decimal("0.01"), timedelta(hours=24), Decimal("0.10"))


def test_a_second_move_within_the_cooldown_is_found() -> None:
    soon = replace(MOVE, at=START + timedelta(hours=1))
    later = replace(MOVE, at=START + timedelta(hours=3))
    assert len(faults([MOVE, soon], cooldown=timedelta(hours=2))) == 1
    assert faults([MOVE, later], cooldown=timedelta(hours=2)) == []


def test_a_move_for_cost_that_did_not_pay_is_found_and_one_for_risk_need_not_pay() -> None:
    dear = replace(MOVE, cost=Decimal("0.30"))
    assert len(faults([dear], cooldown=DAY)) == 1
    assert faults([replace(dear, kind="risk")], cooldown=DAY) == []


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 40), st.integers(1, 5), st.integers(20, 150)),
        max_size=40,
        unique_by=lambda c: c[:2],
    )
)
def test_no_history_makes_the_engine_break_its_rules(raw: list[tuple[int, int, int]]) -> None:
    changes = [
        Change(START + hour * timedelta(hours=1), number, Decimal(price) / 1000)
        for hour, number, price in sorted(raw)
    ]
    assert run(market(*changes, hazard=0.01)).faults == []
