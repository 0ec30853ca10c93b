"""What an operator reads when running discover and doctor."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from apps.fleet.errors import CloudRefused
from apps.fleet.models import CloudAccount
from apps.fleet.services import discovery
from apps.fleet.services.checkup import installation
from apps.fleet.services.events import receive_events
from celery_app import app
from tests.factories import CloudAccountFactory, ClusterFactory
from tests.fleet.cloud.aws_account import Account


def run(command: str, *arguments: str) -> tuple[str, int]:
    """What the command printed, and its exit code."""
    out, code = StringIO(), 0
    try:
        call_command(command, *arguments, stdout=out)
    except SystemExit as ended:
        code = int(ended.code or 0)
    return out.getvalue(), code


def line(printed: str, subject: str) -> str:
    [found] = [one for one in printed.splitlines() if f" {subject}: " in one]
    return found


def test_discover_counts_what_it_found(account: CloudAccount, aws: Account):
    ClusterFactory(account=account, name="prod")
    aws.run(2, **{"kubernetes.io/cluster/prod": "owned"})
    aws.run()
    printed, _ = run("discover", "--account", account.name)
    assert printed == f"{account.name}: 3 instances, 2 in clusters, 0 groups\n"


def test_discover_names_the_accounts_that_failed_after_reading_the_others(
    account: CloudAccount, aws: Account
):
    aws.run()
    CloudAccountFactory(name="broken", regions=["nowhere-3"])
    with pytest.raises(CommandError, match="Account broken could not be read in nowhere-3"):
        call_command("discover", stdout=StringIO())
    assert account.instances.count() == 1


def test_discover_refuses_an_account_that_it_does_not_know(db: None):
    with pytest.raises(CommandError, match="no account nobody"):
        call_command("discover", "--account", "nobody")


def test_doctor_finds_a_fresh_installation_well(db: None):
    call_command("ensure_schedules", stdout=StringIO())
    printed, code = run("doctor")
    assert code == 0, printed
    assert [one.split()[0] for one in printed.splitlines()] == ["ok"] * 6


def test_doctor_checks_role_and_templates_of_an_account(account: CloudAccount, aws: Account):
    ClusterFactory(account=account, name="prod")
    aws.run(**{"kubernetes.io/cluster/prod": "owned"})
    assert "no node template yet" in line(run("doctor")[0], "templates of prod")
    call_command("discover", stdout=StringIO())
    printed, _ = run("doctor")
    assert line(printed, f"account {account.name} in us-east-1").startswith("ok")
    assert line(printed, "template of prod for amd64").startswith("ok")


def test_doctor_names_a_queue_that_could_not_be_read(account: CloudAccount, aws: Account):
    account.queue_url = f"{aws.server.url}/{aws.id}/nowhere"
    account.save()
    subject = f"queue of account {account.name}"
    assert line(run("doctor")[0], subject).startswith("ok")
    with pytest.raises(CloudRefused):
        receive_events(account, wait_seconds=0)
    discovery.discover_account(account.pk)
    printed, code = run("doctor")
    assert code == 1
    assert line(printed, subject).startswith("problem")
    assert "NonExistentQueue" in line(printed, subject)


def test_doctor_names_an_account_that_cannot_be_reached(cloud_settings: None, db: None):
    CloudAccountFactory(name="broken", regions=["nowhere-4"])
    printed, code = run("doctor")
    assert code == 1
    assert line(printed, "account broken in nowhere-4").startswith("problem")


def test_doctor_names_a_cluster_that_does_not_answer(account: CloudAccount):
    ClusterFactory(account=account, name="prod", kubeconfig="not a kubeconfig")
    printed, code = run("doctor")
    assert code == 1
    assert "prod" in line(printed, "cluster prod")
    assert line(printed, "cluster prod").startswith("problem")


@pytest.mark.parametrize(
    ("age", "verdict", "said"),
    [
        (None, "problem", "has never been heard of"),
        (timedelta(minutes=5), "problem", "silent for 30"),
        (timedelta(seconds=10), "ok", "last heard of 1"),
    ],
)
def test_doctor_hears_of_each_watcher(account: CloudAccount, age: timedelta | None, verdict: str, said: str):
    ClusterFactory(account=account, name="prod", watched_at=age and timezone.now() - age)
    found = line(run("doctor")[0], "watcher of prod")
    assert found.startswith(verdict)
    assert said in found


def test_doctor_misses_a_schedule_that_was_switched_off(db: None):
    call_command("ensure_schedules", stdout=StringIO())
    PeriodicTask.objects.filter(name__startswith="ledger").update(enabled=False)
    printed, code = run("doctor")
    assert code == 1
    assert "not running: ledger" in line(printed, "schedules")


def test_doctor_says_when_the_broker_is_away(db: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(app.conf, "broker_url", "redis://127.0.0.1:1/0")
    found = installation.check_broker()
    assert not found.ok
    assert "Check REDIS_URL" in found.detail


def test_doctor_sees_migrations_that_wait(db: None):
    executor = MigrationExecutor(connection)
    executor.recorder.record_unapplied(*executor.loader.graph.leaf_nodes("fleet")[0])
    found = installation.check_migrations()
    assert (found.ok, found.detail) == (False, "1 wait. Run `manage.py migrate`.")


def test_doctor_sees_a_clock_that_is_off():
    now = timezone.now()
    assert installation._clock(now, now + timedelta(seconds=1), now).ok
    off = installation._clock(now, now - timedelta(seconds=9), now)
    assert (off.ok, off.detail.startswith("-9.0 s off")) == (False, True)


def test_doctor_finds_this_machines_clock_right(db: None):
    assert installation.check_clock().ok
