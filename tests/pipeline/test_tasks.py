"""The loops as Celery runs them: nothing is decided twice, and what is in hand elsewhere is left alone."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.fleet.models import Cluster
from apps.pipeline.models import PipelineRun, Scrape, Trigger
from apps.pipeline.retention import forget_runs
from apps.pipeline.tasks.decisions import decide_cluster, sweep_decisions
from apps.pipeline.tasks.market import scrape_market, sweep_market
from celery_app import app
from tests.factories import CloudAccountFactory, ClusterFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_once():
    """Tasks run where they are sent from."""
    app.conf.update(task_always_eager=True, task_eager_propagates=True)
    yield
    app.conf.update(task_always_eager=False, task_eager_propagates=False)


def run_of(cluster, *, age, moves=0):
    return PipelineRun.objects.create(
        cluster=cluster,
        trigger=Trigger.SCHEDULE,
        mode="active",
        started_at=timezone.now() - age,
        seconds=0.1,
        scanned=0,
        static_filters=0,
        ml_prediction=0,
        final_selection=0,
        moves=moves,
    )


def test_the_sweep_decides_every_cluster_that_is_due_and_no_other(at_once):
    due = ClusterFactory()
    ClusterFactory(decided_at=timezone.now())
    sweep_decisions()
    sweep_decisions()
    assert [run.cluster for run in PipelineRun.objects.all()] == [due]


@pytest.mark.django_db(transaction=True)
def test_a_decision_that_is_under_way_elsewhere_is_made_up_for(another_worker):
    cluster = ClusterFactory(decided_at=timezone.now())
    with another_worker(f"decision on cluster {cluster.pk}"):
        decide_cluster(str(cluster.pk), Trigger.MARKET)
    assert not PipelineRun.objects.exists()
    assert Cluster.objects.get().decided_at is None  # the next sweep takes it up


def test_the_sweep_scrapes_a_region_once_for_all_its_accounts(at_once, cloud_settings):
    for _ in range(2):
        CloudAccountFactory(regions=["eu-west-1"])
    sweep_market()
    assert {scrape.problem for scrape in Scrape.objects.filter(region="eu-west-1")} == {""}


@pytest.mark.django_db(transaction=True)
def test_a_region_that_is_being_scraped_is_skipped(another_worker):
    account = CloudAccountFactory()
    with another_worker("scrape of us-east-1"):
        scrape_market(str(account.pk), "us-east-1")
    assert not Scrape.objects.exists()


def test_quiet_runs_are_kept_for_a_week_and_moves_for_a_quarter():
    cluster = ClusterFactory()
    week, quarter = timedelta(days=7, hours=1), timedelta(days=90, hours=1)
    run_of(cluster, age=week)
    run_of(cluster, age=quarter, moves=1)
    kept = {run_of(cluster, age=week, moves=1).pk, run_of(cluster, age=timedelta(days=6)).pk}
    assert forget_runs(timezone.now()) == 2
    assert set(PipelineRun.objects.values_list("pk", flat=True)) == kept


def test_the_scrape_command_names_each_source_and_its_rows(cloud_settings, capsys):
    CloudAccountFactory(regions=["eu-west-1"])
    call_command("scrape", region="eu-west-1")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert all(line.startswith("eu-west-1 ") and line.endswith(" rows") for line in lines)


def test_the_scrape_command_refuses_a_region_that_nobody_connected():
    with pytest.raises(CommandError, match=r"No connected account has the region mars-1\."):
        call_command("scrape", region="mars-1")
