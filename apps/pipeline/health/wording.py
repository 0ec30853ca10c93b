"""How figures of time are written in a component's sentences."""

from datetime import datetime, timedelta

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def span(duration: timedelta) -> str:
    """`40 s`, `12 min`, `3 h`, `4 d`: the largest unit that has two of it, or the smallest."""
    for unit, word in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if duration >= 2 * unit:
            return f"{duration // unit} {word}"
    return f"{max(0, round(duration.total_seconds()))} s"


def clock(at: datetime) -> str:
    """`14:32:05 UTC`."""
    return f"{at:%H:%M:%S} UTC"


def milliseconds(value: float) -> str:
    """`0.4 ms`, `12 ms`: two digits that count."""
    return f"{value:.2g} ms" if value < 10 else f"{value:,.0f} ms"


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 cluster`, `3 clusters`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def named(names: list[str], most: int = 3) -> str:
    """The first few names, and how many more there are."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
