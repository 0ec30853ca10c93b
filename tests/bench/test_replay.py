"""Thirty days of a real market through the engine and through simpler rules."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings

from apps.pipeline.decision.model import PolicyView
from apps.pipeline.replay.fleets import example_fleet
from apps.pipeline.replay.from_folder import read_market
from apps.pipeline.replay.report import rows
from apps.pipeline.replay.running import replay
from apps.pipeline.replay.simulating import Setting

pytestmark = pytest.mark.bench

MARKET = Path(settings.BASE_DIR).parent / "shared" / "bench" / "market"
NODES = 40


@pytest.mark.skipif(not MARKET.is_dir(), reason=f"no market history in {MARKET.name}/ beside the checkout")
@pytest.mark.timeout(900)
def test_thirty_days_hold_the_cooldown_and_pay_for_every_move() -> None:
    market, buckets = read_market(MARKET, region="us-east-1", start=datetime(2021, 4, 1, tzinfo=UTC), days=30)
    done = replay(
        market,
        buckets,
        example_fleet(market, NODES),
        PolicyView(mode="active"),
        setting=Setting(),
        progress=lambda title, share: None,
    )
    print(f"\n{NODES} nodes, {len(market.pools)} pools, {len(market.changes)} price changes, 30 days")
    for row in rows(done):
        print(
            f"  {row.outcome.title:26} ${row.outcome.cost:9.2f}  {row.cost_pct:5.1f} % of on-demand  "
            f"{row.outcome.interruptions:3} interruptions  {len(row.outcome.moves):4} moves  "
            f"{row.moves_per_node_day:.3f} per node and day"
        )
    assert done.faults == []
    assert done.engine.moves, "an engine that never moves breaks no rule"
    assert done.engine.moves_per_node_day < done.outcome("cheapest").moves_per_node_day
