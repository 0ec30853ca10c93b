"""The price history's partitions: one a UTC day, made ahead, dropped by retention."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection, transaction
from psycopg import sql

RETENTION = timedelta(days=35)
AHEAD = timedelta(days=3)
TABLE = sql.Identifier("fleet_pricepoint")
# Takes what no day's partition holds: backfilled days, and days that nobody prepared.
REST = sql.Identifier("fleet_pricepoint_rest")
PREFIX = "fleet_pricepoint_d"
# Writers wait this long at most for a day to be cut out of the rest; after that the next run tries again.
LOCK_TIMEOUT = sql.SQL("SET LOCAL lock_timeout = '10s'")


def keep_partitions(now: datetime) -> tuple[list[date], list[date]]:
    """Make the partitions of the next days and of every kept day that lies in the rest; drop what is too old.

    Returns the days made and the days dropped. Safe to run twice, and beside writers.
    """
    today = now.astimezone(UTC).date()
    oldest = today - RETENTION
    existing = set(_existing())
    coming = {today + timedelta(days=n) for n in range(AHEAD.days + 1)}
    wanted = coming | {day for day in _days_in_rest() if day >= oldest}
    made, dropped = sorted(wanted - existing), sorted(day for day in existing if day < oldest)
    for day in made:
        _make(day)
    for day in dropped:
        _run([sql.SQL("DROP TABLE {}").format(_partition(day))])
    _run([sql.SQL("DELETE FROM {} WHERE at < {}").format(REST, _midnight(oldest))])
    return made, dropped


def _make(day: date) -> None:
    """Cut one day out of the rest. Writers are held off meanwhile, readers are not until the last moment."""
    names = {"part": _partition(day), "table": TABLE, "rest": REST}
    edges = {"start": _midnight(day), "end": _midnight(day + timedelta(days=1))}
    _run(
        [
            sql.SQL("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE").format(**names),
            sql.SQL("CREATE TABLE {part} (LIKE {table} INCLUDING ALL)").format(**names),
            sql.SQL(
                "WITH moved AS (DELETE FROM {rest} WHERE at >= {start} AND at < {end} RETURNING *)"
                " INSERT INTO {part} SELECT * FROM moved"
            ).format(**names, **edges),
            sql.SQL(
                "ALTER TABLE {table} ATTACH PARTITION {part} FOR VALUES FROM ({start}) TO ({end})"
            ).format(**names, **edges),
        ]
    )


def _run(statements: Iterable[sql.Composed]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in (LOCK_TIMEOUT, *statements):
            cursor.execute(statement)


def _existing() -> Iterable[date]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid"
            " WHERE inhparent = 'fleet_pricepoint'::regclass AND starts_with(child.relname, %s)",
            [PREFIX],
        )
        names = [name for (name,) in cursor.fetchall()]
    return [date.fromisoformat(name.removeprefix(PREFIX)) for name in names]


def _days_in_rest() -> Iterable[date]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT (at AT TIME ZONE 'UTC')::date FROM fleet_pricepoint_rest")
        return [day for (day,) in cursor.fetchall()]


def _partition(day: date) -> sql.Identifier:
    return sql.Identifier(f"{PREFIX}{day:%Y%m%d}")


def _midnight(day: date) -> sql.Literal:
    return sql.Literal(datetime.combine(day, time(), UTC))
