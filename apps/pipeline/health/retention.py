"""How long components' lines are kept."""

from datetime import datetime, timedelta

from ..models import ComponentEvent

LINES = timedelta(days=2)
CHANGES = timedelta(days=90)


def forget_lines(now: datetime) -> int:
    """Delete lines past their time, changes of state later than the rest; how many those were."""
    lines = ComponentEvent.objects.filter(status="", at__lt=now - LINES)
    changes = ComponentEvent.objects.exclude(status="").filter(at__lt=now - CHANGES)
    return sum(old.delete()[0] for old in (lines, changes))
