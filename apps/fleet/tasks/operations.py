"""Operations: workers take what is due until nothing is."""

from apps.fleet.services import operations
from celery_app import app

# Items that one look of a worker takes up. Few, because a claim holds for a minute only.
CHUNK = 4
MOST_HANDS = 50


@app.task(queue="switches")
def sweep_operations() -> None:
    """End what is over, tell what is owed, and call as many workers as there is work for."""
    operations.close_finished()
    operations.tell_owed()
    for _ in range(min(MOST_HANDS, -(-operations.due() // CHUNK))):
        advance_operations.delay()


@app.task(queue="switches")
def advance_operations() -> None:
    """Advance a few items that are due; come again behind the other tasks where there were any."""
    if operations.advance_due(CHUNK):
        advance_operations.delay()
