"""The ten checks, one a component: each measures, and says what it found. They share no state."""

from collections.abc import Callable, Mapping
from datetime import datetime

from ...statuses import ComponentKey
from ..finding import Finding
from . import clusters, database, inference, live, market, optimizer, queues, redis, risk, usage

Check = Callable[[datetime], Finding]

CHECKS: Mapping[ComponentKey, Check] = {
    ComponentKey.DATABASE: database.check,
    ComponentKey.REDIS: redis.check,
    ComponentKey.TASK_QUEUE: queues.check,
    ComponentKey.LIVE_EVENTS: live.check,
    ComponentKey.PRICE_SCRAPER: market.check,
    ComponentKey.RISK_ENGINE: risk.check,
    ComponentKey.ML_INFERENCE: inference.check,
    ComponentKey.COST_OPTIMIZER: optimizer.check,
    ComponentKey.K8S_CONTROLLER: clusters.check,
    ComponentKey.METRIC_INGESTOR: usage.check,
}
