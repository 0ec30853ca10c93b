"""Every status of the pipeline with its word and tone."""

from django.db import models

from atharva.web.tones import Tone


class PlanPurpose(models.TextChoices):
    """What a plan was made for."""

    PENDING = "pending", "Pods that wait"
    DRY_RUN = "dry_run", "Dry run"
    WHAT_IF = "what_if", "What if"


class RequestState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    SOLVING = "solving", "Being planned"
    DONE = "done", "Planned"
    FAILED = "failed", "Could not be planned"


class PlanState(models.TextChoices):
    """`recorded`: decided and not carried out, for the reasons in `held_by`."""

    RECORDED = "recorded", "Recorded only"
    RUNNING = "running", "Being carried out"
    DONE = "done", "Carried out"
    FAILED = "failed", "Stopped"

    @property
    def tone(self) -> Tone:
        return PLAN_TONES[self]


PLAN_TONES: dict[PlanState, Tone] = {
    PlanState.RECORDED: Tone.MUTED,
    PlanState.RUNNING: Tone.INFO,
    PlanState.DONE: Tone.OK,
    PlanState.FAILED: Tone.CRITICAL,
}


class ComponentKey(models.TextChoices):
    """The ten parts of the platform (domain.md, Components)."""

    DATABASE = "database", "Database"
    REDIS = "redis", "Redis cache"
    TASK_QUEUE = "task_queue", "Task queue"
    LIVE_EVENTS = "live_events", "Live events"
    PRICE_SCRAPER = "price_scraper", "Price scraper"
    RISK_ENGINE = "risk_engine", "Risk engine"
    ML_INFERENCE = "ml_inference", "ML inference"
    COST_OPTIMIZER = "cost_optimizer", "Cost optimizer"
    K8S_CONTROLLER = "k8s_controller", "K8s controller"
    METRIC_INGESTOR = "metric_ingestor", "Metric ingestor"


class ComponentStatus(models.TextChoices):
    """HEALTHY answers and did its work in its window; DEGRADED answers only; CRITICAL does not answer."""

    HEALTHY = "healthy", "Healthy"
    DEGRADED = "degraded", "Degraded"
    CRITICAL = "critical", "Critical"

    @property
    def tone(self) -> Tone:
        return COMPONENT_TONES[self]


COMPONENT_TONES: dict[ComponentStatus, Tone] = {
    ComponentStatus.HEALTHY: Tone.OK,
    ComponentStatus.DEGRADED: Tone.RISK,
    ComponentStatus.CRITICAL: Tone.CRITICAL,
}
