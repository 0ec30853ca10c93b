"""The checks of the platform's own work: scraping, scoring, deciding, watching, sampling."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django_celery_beat.models import PeriodicTask

from apps.mlops import hazard
from apps.pipeline.health.rounds import looked_at
from apps.pipeline.models import (
    Heartbeat,
    PipelineRun,
    PlacementRequest,
    Scrape,
    Source,
    Trigger,
    WorkloadUsage,
)
from apps.pipeline.statuses import ComponentKey, ComponentStatus
from tests.factories import CloudAccountFactory, ClusterFactory, PoolFactory, SwitchFactory

from .conftest import MINUTE, SECOND

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("all_alive")]
HEALTHY, DEGRADED, CRITICAL = ComponentStatus.HEALTHY, ComponentStatus.DEGRADED, ComponentStatus.CRITICAL


@pytest.fixture
def schedules():
    call_command("ensure_schedules", stdout=StringIO())


@pytest.fixture
def scraped(now, schedules):
    """Every source of one connected region, read `ago`."""

    def make(ago=timedelta(), **changes):
        account = CloudAccountFactory()
        for source in Source:
            at = now - ago
            Scrape.objects.create(
                source=source,
                region=account.regions[0],
                started_at=at - 2 * SECOND,
                finished_at=at,
                succeeded_at=at,
            )
        Scrape.objects.filter(source=Source.SPOT_PRICES).update(**changes)

    return make


def test_a_scraper_without_a_region_has_nothing_to_do(now, schedules):
    found = looked_at(ComponentKey.PRICE_SCRAPER, now)
    assert (found.status, found.complaints) == (HEALTHY, [])


@pytest.mark.requirement("2.9")
def test_a_scraper_that_read_everything_is_healthy_and_says_when_it_works_next(scraped, now):
    scraped(20 * SECOND)
    found = looked_at(ComponentKey.PRICE_SCRAPER, now)
    assert (found.status, found.detail) == (HEALTHY, "Spot prices of 1 region, read 20 s ago.")
    assert found.worked_at == now - 20 * SECOND
    assert found.next_at == now + 38 * SECOND
    assert found.latency_ms == 2000


@pytest.mark.requirement("2.10")
def test_a_source_that_fails_degrades_the_scraper_in_its_own_words(scraped, now):
    scraped(20 * SECOND, problem="AWS does not answer.")
    found = looked_at(ComponentKey.PRICE_SCRAPER, now)
    assert found.status == DEGRADED
    assert "AWS does not answer." in found.detail


@pytest.mark.requirement("4.7")
def test_a_scraper_that_begins_nothing_any_more_is_critical(scraped, now):
    scraped(6 * MINUTE)
    found = looked_at(ComponentKey.PRICE_SCRAPER, now)
    assert found.status == CRITICAL
    assert "Nothing has been scraped since" in found.detail


def test_a_schedule_that_is_switched_off_degrades_the_scraper(scraped, now):
    scraped()
    PeriodicTask.objects.filter(task__endswith="sweep_market").update(enabled=False)
    found = looked_at(ComponentKey.PRICE_SCRAPER, now)
    assert found.detail == "Its schedule is switched off in the back office."


@pytest.mark.parametrize("key", [ComponentKey.PRICE_SCRAPER, ComponentKey.RISK_ENGINE])
def test_without_its_worker_it_is_critical(key, now, schedules):
    Heartbeat.objects.filter(kind="worker_ingest").update(beat_at=now - MINUTE)
    assert looked_at(key, now).status == CRITICAL


def test_the_risk_engine_scores_a_sample_and_writes_nothing(now, schedules):
    CloudAccountFactory()
    pool = PoolFactory(risk_at=now - 30 * SECOND)
    found = looked_at(ComponentKey.RISK_ENGINE, now)
    assert (found.status, found.worked_at) == (HEALTHY, now - 30 * SECOND)
    assert found.latency_ms > 0
    pool.refresh_from_db()
    assert pool.risk_at == now - 30 * SECOND


@pytest.mark.parametrize(
    ("risk_age", "sentence"),
    [(6 * MINUTE, "The risks of us-east-1 are 6 min old."), (None, "No pool of us-east-1 has a risk yet.")],
)
def test_risks_that_nobody_renews_degrade_the_engine(now, schedules, risk_age, sentence):
    CloudAccountFactory()
    PoolFactory(risk_at=now - risk_age if risk_age else None)
    found = looked_at(ComponentKey.RISK_ENGINE, now)
    assert (found.status, found.detail) == (DEGRADED, sentence)


@pytest.mark.requirement("4.4")
def test_the_model_answers_and_says_which_it_is(now):
    found = looked_at(ComponentKey.ML_INFERENCE, now)
    assert found.status == HEALTHY
    assert found.detail.startswith("No model is registered: the prior's formula answers")


@pytest.mark.requirement("4.4")
def test_a_model_that_cannot_be_computed_is_critical(now, monkeypatch):
    monkeypatch.setattr(hazard, "MONTHLY_FREQUENCY", (0.0,) * 5)
    found = looked_at(ComponentKey.ML_INFERENCE, now)
    assert (found.status, found.latency_ms) == (CRITICAL, None)
    assert found.detail.startswith("The model cannot be computed")


def decided(cluster, at, **columns):
    return PipelineRun.objects.create(
        cluster=cluster,
        trigger=Trigger.SCHEDULE,
        started_at=at,
        seconds=0.5,
        scanned=1,
        static_filters=1,
        ml_prediction=1,
        final_selection=1,
        **columns,
    )


@pytest.mark.requirement("2.9")
def test_an_optimizer_that_decides_in_time_is_healthy(now):
    decided(ClusterFactory(), now - 40 * SECOND)
    found = looked_at(ComponentKey.COST_OPTIMIZER, now)
    assert (found.status, found.detail, found.latency_ms) == (HEALTHY, "Last decision 40 s ago.", 500)
    assert found.next_at == now - 40 * SECOND + 5 * MINUTE


@pytest.mark.requirement("2.10")
def test_a_cluster_without_a_decision_degrades_the_optimizer(now):
    decided(ClusterFactory(name="prod"), now - 11 * MINUTE)
    found = looked_at(ComponentKey.COST_OPTIMIZER, now)
    assert (found.status, found.detail) == (DEGRADED, "No decision for 10 min: prod.")


def test_pods_that_wait_for_a_plan_degrade_the_optimizer(now):
    cluster = ClusterFactory()
    decided(cluster, now)
    PlacementRequest.objects.create(cluster=cluster, pods=3, problem=b"", created_at=now - 40 * SECOND)
    found = looked_at(ComponentKey.COST_OPTIMIZER, now)
    assert found.detail == "1 batch of pods waits for a plan, the oldest for 40 s."
    assert (found.in_flight, found.capacity, found.unit) == (1, 2, "plans")


def test_without_a_solver_the_optimizer_is_critical(now):
    Heartbeat.objects.filter(kind="worker_solver").update(beat_at=now - MINUTE)
    assert looked_at(ComponentKey.COST_OPTIMIZER, now).status == CRITICAL


def test_clusters_that_are_heard_are_well(now):
    ClusterFactory(watched_at=now)
    found = looked_at(ComponentKey.K8S_CONTROLLER, now)
    assert (found.status, found.detail) == (HEALTHY, "Watching 1 cluster, 0 switches under way.")


def test_one_cluster_of_two_unheard_degrades_the_controller(now):
    ClusterFactory(watched_at=now)
    ClusterFactory(name="lost", watched_at=now - MINUTE)
    found = looked_at(ComponentKey.K8S_CONTROLLER, now)
    assert (found.status, found.detail) == (DEGRADED, "Not heard for 45 s: lost.")


def test_no_cluster_heard_is_critical(now):
    ClusterFactory(name="lost", watched_at=now - MINUTE)
    assert looked_at(ComponentKey.K8S_CONTROLLER, now).status == CRITICAL


def test_a_switch_that_nobody_carries_on_degrades_the_controller(now):
    cluster = ClusterFactory(watched_at=now)
    SwitchFactory(cluster=cluster, look_again_at=now - 2 * MINUTE)
    found = looked_at(ComponentKey.K8S_CONTROLLER, now)
    assert found.detail == "1 switches wait for 60 s and longer for their next step."


@pytest.mark.parametrize("kind", ["watcher", "interruptions", "worker_switches"])
def test_each_of_its_processes_is_missed(now, kind):
    Heartbeat.objects.filter(kind=kind).update(beat_at=now - MINUTE)
    assert looked_at(ComponentKey.K8S_CONTROLLER, now).status == CRITICAL


def test_an_ingestor_without_a_source_says_so(now):
    found = looked_at(ComponentKey.METRIC_INGESTOR, now)
    assert found.status == DEGRADED
    assert found.detail == "Answers, but has no source yet: no cluster's usage is sampled."


@pytest.mark.parametrize(("age", "status"), [(MINUTE, HEALTHY), (11 * MINUTE, DEGRADED)])
def test_samples_are_to_be_fresh(now, age, status):
    WorkloadUsage.objects.create(
        cluster=ClusterFactory(),
        namespace="shop",
        kind="Deployment",
        name="web",
        container="app",
        first_at=now - age,
        last_at=now - age,
    )
    assert looked_at(ComponentKey.METRIC_INGESTOR, now).status == status
