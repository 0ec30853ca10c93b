"""The tenants' accounts: can the role be assumed, and could we launch?"""

from collections.abc import Iterator

from django.db.models import Prefetch

from apps.fleet.cloud import cloud_in
from apps.fleet.models import CloudAccount, Cluster
from apps.fleet.services.templates import check_templates
from atharva.api.problems import Problem

from .finding import Finding

LIVING_CLUSTERS = Prefetch("clusters", Cluster.objects.in_use())


def check_accounts() -> Iterator[Finding]:
    """One finding for each region of each account, one for its queue, one for each node template in it."""
    accounts = list(CloudAccount.objects.in_use().prefetch_related(LIVING_CLUSTERS))
    if not accounts:
        advice = "none connected yet; `manage.py connect_account` connects one"
        yield Finding("accounts", ok=True, detail=advice)
    for account in accounts:
        for region in account.regions:
            yield _check_region(account, region)
        if account.queue_url:
            yield _check_queue(account)
        yield from _check_templates(account)


def _check_region(account: CloudAccount, region: str) -> Finding:
    subject = f"account {account.name} in {region}"
    try:
        next(cloud_in(account, region).groups(), None)
    except Problem as problem:
        return Finding(subject, ok=False, detail=problem.sentence)
    return Finding(subject, ok=True, detail=f"{account.role_arn} can be assumed")


def _check_queue(account: CloudAccount) -> Finding:
    """What its reader met last: reading it here would hide messages from the reader."""
    detail = account.queue_problem or "no trouble at the last reading"
    return Finding(f"queue of account {account.name}", ok=not account.queue_problem, detail=detail)


def _check_templates(account: CloudAccount) -> Iterator[Finding]:
    for cluster in account.clusters.all():
        templates = check_templates(cluster)
        if not templates:
            advice = "no node template yet: nothing can be launched. Run `manage.py discover`."
            yield Finding(f"templates of {cluster.name}", ok=False, detail=advice)
        for template in templates:
            yield Finding(
                f"template of {cluster.name} for {template.architecture}",
                ok=not template.problem,
                detail=template.problem or f"AWS would launch it (read from {template.source})",
            )
