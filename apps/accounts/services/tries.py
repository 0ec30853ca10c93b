"""Failed tries to sign in, as axes counts them."""

from collections.abc import Iterable

from axes.models import AccessAttempt
from axes.utils import reset
from django.db import transaction

from ..models import User
from . import audit


@transaction.atomic
def forget_tries(attempts: Iterable[AccessAttempt], *, by: User) -> int:
    """Let these names be tried again from these addresses at once. Answers how many rows went."""
    gone = 0
    for attempt in attempts:
        tried_from = {"address": attempt.ip_address}
        audit.record("tries_forgotten", target=attempt, by=by, before=tried_from)
        gone += reset(ip=attempt.ip_address, username=attempt.username)
    return gone
