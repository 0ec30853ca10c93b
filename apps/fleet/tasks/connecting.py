"""Connection tests: handed out, then tried by one worker each."""

from uuid import UUID

from django.utils import timezone

from apps.fleet.services import connection_tests
from celery_app import app


@app.task
def sweep_tests() -> None:
    """Hand each test that nobody works on to a worker."""
    for test_id in connection_tests.claim_due(timezone.now()):
        run_test.delay(str(test_id))


@app.task
def run_test(test_id: str) -> None:
    connection_tests.run_test(UUID(test_id))
