"""The ledger's and the orphan sweep's regular work."""

from apps.fleet.services import ledger, orphans
from celery_app import app


@app.task
def accrue_costs() -> None:
    ledger.accrue()


@app.task
def sweep_orphans() -> None:
    orphans.sweep_orphans()
