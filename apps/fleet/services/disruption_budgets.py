"""A cluster's own disruption budgets: how many nodes at once, for which kinds, at which times."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import available_timezones

from croniter import CroniterBadDateError, croniter
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.services import audit

from ..errors import BudgetInvalid
from ..models import Cluster, DisruptionBudget
from ..statuses import DisruptionKind
from .giving_back import refuse_while_leaving

FIELDS = 5
MOST_A_CLUSTER = 50
VOLUNTARY = frozenset(kind for kind in DisruptionKind if kind.is_voluntary)
LONGEST, SHORTEST = timedelta(days=31), timedelta(minutes=1)


@transaction.atomic
def add_budget(
    cluster: Cluster,
    *,
    by: User,
    name: str = "",
    kinds: Sequence[str] = (),
    max_nodes: int | None = None,
    max_pct: int | None = None,
    cron: str = "",
    duration: timedelta = timedelta(),
    time_zone: str = "UTC",
) -> DisruptionBudget:
    """Keep a budget; it holds from the next decision on, beside the policy's own share.

    Raises BudgetInvalid, ClusterLeaving and ClusterLeft.
    """
    refuse_while_leaving(cluster)
    if (max_nodes is None) is (max_pct is None):
        raise BudgetInvalid(why="it is either a number of nodes or a share of them")
    if not {DisruptionKind(kind) for kind in kinds} <= VOLUNTARY:
        raise BudgetInvalid(why="interruptions are always answered; no budget holds them")
    _check_window(cron, duration, time_zone)
    if cluster.disruption_budgets.count() >= MOST_A_CLUSTER:
        raise BudgetInvalid(why=f"there are {MOST_A_CLUSTER} already; remove one first")
    budget = DisruptionBudget.objects.create(
        cluster=cluster,
        name=name,
        kinds=sorted(set(kinds)),
        max_nodes=max_nodes,
        max_pct=max_pct,
        cron=cron,
        duration_seconds=int(duration.total_seconds()),
        time_zone=time_zone,
    )
    audit.record("budget_added", target=cluster, by=by, client=cluster.client, after=_said(budget))
    return budget


@transaction.atomic
def remove_budget(budget: DisruptionBudget, *, by: User) -> None:
    """Forget a budget. Raises ClusterLeaving and ClusterLeft."""
    cluster = budget.cluster
    refuse_while_leaving(cluster)
    audit.record("budget_removed", target=cluster, by=by, client=cluster.client, before=_said(budget))
    budget.delete()


def _check_window(cron: str, duration: timedelta, time_zone: str) -> None:
    if time_zone not in available_timezones():
        raise BudgetInvalid(why=f'"{time_zone}" is no time zone, as "Europe/Berlin" is')
    if not cron:
        if duration:
            raise BudgetInvalid(why="a duration without a beginning says nothing; name one as cron fields")
        return
    if not SHORTEST <= duration <= LONGEST:
        raise BudgetInvalid(why="a window lasts between a minute and 31 days")
    if len(cron.split()) != FIELDS or not croniter.is_valid(cron):
        raise BudgetInvalid(why=f'"{cron}" is no moment in five cron fields, as "0 22 * * 1-5" is')
    try:
        croniter(cron, timezone.now()).get_next()
    except CroniterBadDateError as never:
        raise BudgetInvalid(why=f'"{cron}" never comes') from never


def _said(budget: DisruptionBudget) -> dict[str, object]:
    names = ("name", "kinds", "max_nodes", "max_pct", "cron", "duration_seconds", "time_zone")
    return {name: value for name in names if (value := getattr(budget, name)) not in (None, "", [])}
