"""The model that scores is loaded and answers within its time, with something that is a probability."""

import time
from datetime import datetime

from apps.mlops import hazard

from ..finding import Finding, silent
from ..wording import milliseconds

LIMIT_MS = 50.0
BUCKETS = (None, 0, 1, 2, 3, 4)


def check(now: datetime) -> Finding:
    """Ask it about a pool of each Spot Advisor range of which nothing is known."""
    began = time.perf_counter()
    try:
        for bucket in BUCKETS:
            hazard.estimate(bucket, (), (), now)
    except ArithmeticError as error:
        return silent(f"The model cannot be computed: {error}.")
    except ValueError as error:  # no probability
        return silent(f"The model answers with nonsense: {error}.")
    took = 1000 * (time.perf_counter() - began) / len(BUCKETS)
    return Finding(
        f"No model is registered: the prior's formula answers, in {milliseconds(took)} a prediction.",
        latency_ms=took,
        limit_ms=LIMIT_MS,
        worked_at=now,
    )
