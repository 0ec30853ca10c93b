"""Whether this process lives, and whether it can serve."""

from collections.abc import Callable

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from redis.exceptions import RedisError


def live(request: HttpRequest) -> JsonResponse:
    """The process answers; what it depends on is not asked."""
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """200 once the database is reachable and migrated and Redis answers; else 503 naming what is missing."""
    missing = {name: why for name, check in CHECKS.items() if (why := check())}
    if missing:
        return JsonResponse(
            {"status": "unready", "missing": missing}, status=503, headers={"Retry-After": "5"}
        )
    return JsonResponse({"status": "ok"})


def database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "PostgreSQL does not answer"
    return ""


def migrations() -> str:
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "unknown while PostgreSQL does not answer"
    return f"{len(waiting)} not applied: run `manage.py migrate`" if waiting else ""


def redis() -> str:
    try:
        cache.get("ready")
    except RedisError:
        return "Redis does not answer"
    return ""


# The sentences are ours: an error's own text may hold addresses and credentials, and anyone may ask.
CHECKS: dict[str, Callable[[], str]] = {"database": database, "migrations": migrations, "redis": redis}
