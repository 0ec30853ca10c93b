"""What the frame of every page needs."""

from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, object]:
    """Context of the layout; grows with what the header shows."""
    return {}
