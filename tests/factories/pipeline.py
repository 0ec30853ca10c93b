"""A valid row of what the loops leave behind; a test names only what it is about."""

from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from apps.fleet.statuses import Mode
from apps.pipeline import models
from apps.pipeline.statuses import PlanPurpose, PlanState

from .fleet import ClusterFactory

POOL = "m5.xlarge us-east-1a spot"
SCORE = {"cost": 0.7, "stability": 0.99, "performance": 0.5, "capacity": 0.2, "total": 0.68}
RATED = {"pool": POOL, "price_hourly_usd": "0.0610", "risk": 0.0004, "score": SCORE}


def decided(node: str, *, moves: bool = False, **changes: object) -> dict[str, object]:
    """One node's entry of a run."""
    entry: dict[str, object] = {
        "instance": f"i-{node}",
        "node": node,
        "verdict": "move" if moves else "stay",
        "reasons": ["cheaper" if moves else "nothing_cheaper"],
        "sentences": [f"{node} is as it is because of $0.0610/h."],
        "scores": {"stay": RATED, "candidates": [RATED] if moves else []},
        "alternatives": [{**RATED, "reason": "dearer", "sentence": "It costs $0.0900/h."}],
    }
    if moves:
        entry |= {"kind": "cost", "candidates": [POOL], "saving_hourly_usd": "0.0123", "switch": None}
    return entry | changes


class PipelineRunFactory(DjangoModelFactory):
    class Meta:
        model = models.PipelineRun

    cluster = factory.SubFactory(ClusterFactory)
    trigger = models.Trigger.SCHEDULE
    mode = Mode.ACTIVE
    started_at = factory.LazyFunction(timezone.now)
    seconds = 0.4
    scanned = 500
    static_filters = 400
    ml_prediction = 350
    final_selection = 5
    rejections = factory.LazyFunction(lambda: {"static_filters": {"family": 100}})
    decisions = factory.LazyFunction(lambda: [decided("node-1", moves=True), decided("node-2")])
    moves = 1


class PlacementRequestFactory(DjangoModelFactory):
    """A request that waits for a solver."""

    class Meta:
        model = models.PlacementRequest

    cluster = factory.SubFactory(ClusterFactory)
    purpose = PlanPurpose.PENDING
    pods = 3
    problem = b""
    created_at = factory.LazyFunction(timezone.now)


class PlacementPlanFactory(DjangoModelFactory):
    """A plan that buys one node for two pods, and finds no place for a third."""

    class Meta:
        model = models.PlacementPlan

    cluster = factory.SubFactory(ClusterFactory)
    purpose = PlanPurpose.PENDING
    state = PlanState.RECORDED
    mode = Mode.DRY_RUN
    created_at = factory.LazyFunction(timezone.now)
    pods = 3
    price_hourly_usd = "0.0610"
    cost_hourly_usd = "0.0640"
    bound_hourly_usd = "0.0636"
    gap = 0.00625
    first_cost_hourly_usd = "0.0700"
    first_seconds = 0.02
    seconds = 0.31
    method = "columns"
    resources = ["cpu", "memory", "pods"]
    new_nodes = factory.LazyFunction(
        lambda: [
            {
                "pool": 1,
                "type": "m5.xlarge",
                "zone": "us-east-1a",
                "lifecycle": "spot",
                "price": 0.061,
                "cost": 0.064,
                "capacity": [3920, 14000, 58],
                "used": [1960, 7000, 2],
                "pods": ["default/api-0", "default/api-1"],
            }
        ]
    )
    unplaced = factory.LazyFunction(
        lambda: [{"pod": "ml/train-0", "because": "too_large", "detail": "It asks for 4 GPUs; none has any."}]
    )
    held_by = factory.LazyFunction(lambda: ["The cluster is in dry run mode, so nothing is bought."])


class ConsolidationFactory(DjangoModelFactory):
    class Meta:
        model = models.Consolidation

    cluster = factory.SubFactory(ClusterFactory)
    state = PlanState.RECORDED
    mode = Mode.DRY_RUN
    created_at = factory.LazyFunction(timezone.now)
    seconds = 3.2
    nodes_before = 10
    nodes_after = 4
    before_hourly_usd = "2.0000"
    after_hourly_usd = "0.7000"
    bound_hourly_usd = "0.6800"
    evictions = 31
    waves = factory.LazyFunction(
        lambda: [
            {
                "remove": ["node-1"],
                "buy": [],
                "evictions": 31,
                "rounds": 2,
                "saving_hourly_usd": "1.3000",
                "waits_for": "disruption budgets, 2 rounds of evictions",
            }
        ]
    )
    stays = factory.LazyFunction(
        lambda: [
            {"node": "node-9", "reason": "do_not_disrupt", "sentence": "node-9 is marked do-not-disrupt."}
        ]
    )


class WorkloadUsageFactory(DjangoModelFactory):
    """A workload that is advised to ask for less."""

    class Meta:
        model = models.WorkloadUsage

    cluster = factory.SubFactory(ClusterFactory)
    namespace = "shop"
    kind = "Deployment"
    name = factory.Sequence(lambda n: f"api-{n}")
    container = "main"
    replicas = 4
    requests_cpu_milli = 1000
    requests_memory_mib = 512
    samples = 900
    first_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=4))
    last_at = factory.LazyFunction(timezone.now)
    hourly_usd = "0.400000"
    saving_hourly_usd = "0.200000"
    advice = factory.LazyFunction(
        lambda: {"cpu_milli": 200, "memory_mib": 512, "sentence": "It uses 170m and asks for 1000m: 200m."}
    )
