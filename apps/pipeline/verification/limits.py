"""The policy's limits on what is bought."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain

from apps.pipeline.optimizer.model import ON_DEMAND
from apps.pipeline.verification.money import ROUNDING_USD
from apps.pipeline.verification.standing import Standing


def limits_broken(standing: Standing) -> Iterator[str]:
    """A sentence for each limit that the new nodes together break."""
    return chain(_share(standing), _floor(standing), _cap(standing))


def _share(standing: Standing) -> Iterator[str]:
    pools = Counter(offering.key for offering in standing.bought)
    share, total = standing.problem.limits.max_pool_share_pct, pools.total()
    most = -(-share * total // 100)
    for key, number in pools.items():
        if number > most:
            yield f"{number} of {total} new nodes are of pool {key}; {share} % allow {most}."


def _floor(standing: Standing) -> Iterator[str]:
    lifecycles = Counter(offering.lifecycle for offering in standing.bought)
    least = min(standing.problem.limits.min_on_demand_nodes, lifecycles.total())
    if lifecycles[ON_DEMAND] < least:
        yield f"{lifecycles[ON_DEMAND]} new nodes are on-demand; the policy wants {least}."


def _cap(standing: Standing) -> Iterator[str]:
    cap = standing.problem.limits.max_price_hourly_usd
    price = sum(offering.price for offering in standing.bought)
    if cap is not None and price > cap + ROUNDING_USD:
        yield f"The new nodes cost {price:.6f} USD an hour; the cap is {cap:.6f}."
