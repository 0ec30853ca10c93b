"""Discovery's regular work."""

from uuid import UUID

from django.utils import timezone

from apps.fleet.services import discovery
from celery_app import app


@app.task(queue="ingest")
def discover_accounts() -> None:
    """Hand each account that is due to a worker, so that a slow one holds up none of the others."""
    for account_id in discovery.claim_due(timezone.now()):
        discover_account.delay(str(account_id))


@app.task(queue="ingest")
def discover_account(account_id: str) -> None:
    discovery.discover_account(UUID(account_id))


@app.task(queue="ingest")
def refresh_awaited() -> None:
    discovery.refresh_awaited()
