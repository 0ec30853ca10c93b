"""When pods that come one after another are planned together. Pure; instants are of a monotonic clock."""

IDLE_SECONDS = 0.1
FIRST_SECONDS = 0.3
LONGEST_SECONDS = 2.0


def closes_at(first_at: float, last_at: float, *, is_solving: bool) -> float:
    """When a batch closes whose first and last pods came then.

    Once nobody has come for a moment; while the solver is free, soon after the first, so that it begins
    while others still come; and at the latest after so long.
    """
    idle, latest = last_at + IDLE_SECONDS, first_at + LONGEST_SECONDS
    return min(idle, latest) if is_solving else min(idle, first_at + FIRST_SECONDS)
