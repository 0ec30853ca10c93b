"""The platform's own parts: database, broker, clock, schedules."""

from datetime import datetime, timedelta

from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from kombu.exceptions import OperationalError as BrokerError

from celery_app import app
from celery_app.schedules import SCHEDULES

from .finding import Finding

# The database's clock decides about timers; a worker further off than this would take them for early or late.
MOST_SKEW = timedelta(seconds=2)
BROKER_SECONDS = 5


def check_database() -> Finding:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            [version] = cursor.fetchone()
    except OperationalError as error:
        why = str(error).strip().splitlines()[0]
        return Finding("database", ok=False, detail=f"{why}. Check DATABASE_URL and that PostgreSQL runs.")
    return Finding("database", ok=True, detail=f"PostgreSQL {version}")


def check_migrations() -> Finding:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        return Finding("migrations", ok=False, detail=f"{len(waiting)} wait. Run `manage.py migrate`.")
    return Finding("migrations", ok=True, detail="all applied")


def check_clock() -> Finding:
    """How far this machine's clock is from the database's, half the round trip allowed for."""
    before = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        [theirs] = cursor.fetchone()
    return _clock(before, theirs, timezone.now())


def _clock(before: datetime, theirs: datetime, after: datetime) -> Finding:
    skew = theirs - (before + (after - before) / 2)
    seconds = skew.total_seconds()
    if abs(skew) > MOST_SKEW:
        advice = f"{seconds:+.1f} s off the database's. Let NTP set the clocks of both machines."
        return Finding("clock", ok=False, detail=advice)
    return Finding("clock", ok=True, detail=f"{seconds:+.3f} s off the database's")


def check_broker() -> Finding:
    try:
        with app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
    except BrokerError as error:
        return Finding("broker", ok=False, detail=f"{error}. Check REDIS_URL and that Redis or Valkey runs.")
    return Finding("broker", ok=True, detail="answers")


def check_schedules() -> Finding:
    enabled = set(PeriodicTask.objects.filter(enabled=True).values_list("name", flat=True))
    missing = [schedule.name for schedule in SCHEDULES if schedule.name not in enabled]
    if missing:
        advice = "Run `manage.py ensure_schedules`, or enable them in the back office."
        return Finding("schedules", ok=False, detail=f"not running: {'; '.join(missing)}. {advice}")
    return Finding("schedules", ok=True, detail=f"{len(enabled)} enabled")
