"""Is this installation well? Each check names one thing and says what to do about it."""

from collections.abc import Iterator

from .accounts import check_accounts
from .clusters import check_clusters
from .finding import Finding
from .installation import check_broker, check_clock, check_database, check_migrations, check_schedules

__all__ = ["Finding", "check_up"]


def check_up() -> Iterator[Finding]:
    """Every check in the order in which one depends on another; without a database there is only that."""
    database = check_database()
    yield database
    if not database.ok:
        return
    yield check_migrations()
    yield check_clock()
    yield check_broker()
    yield check_schedules()
    yield from check_accounts()
    yield from check_clusters()
