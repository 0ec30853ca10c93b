"""The do-not-disrupt annotations: `true`, or a duration from the pod's start such as 30m or 1h30m."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.fleet.kube.port import DO_NOT_DISRUPT, SeenPod

DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|h|m|s))+")
PART = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
LONGEST = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Protection:
    """An annotation in force. `until` is None where it has no end."""

    text: str
    until: datetime | None = None
    is_valid: bool = True

    @property
    def sentence(self) -> str:
        if not self.is_valid:
            return f"has {self.text}, which is neither true nor a duration and is taken as true"
        if self.until is not None:
            return f"may not be disrupted before {self.until:%Y-%m-%d %H:%M:%S} UTC ({self.text})"
        return f"may not be disrupted ({self.text})"


def protection_of(pod: SeenPod, now: datetime) -> Protection | None:
    """The annotation that keeps a pod where it is; of two, the one that lasts longer."""
    start = pod.started_at or pod.created_at
    found = [
        read(f"{key}={pod.annotations[key]}", pod.annotations[key], start)
        for key in DO_NOT_DISRUPT
        if key in pod.annotations
    ]
    in_force = [p for p in found if p is not None and (p.until is None or p.until > now)]
    return max(in_force, key=lambda p: (p.until is None, p.until or start), default=None)


def read(text: str, value: str, start: datetime) -> Protection | None:
    """What a value says; None for `false`. Anything that cannot be read protects."""
    value = value.strip().lower()
    if value == "false":
        return None
    if value == "true":
        return Protection(text)
    length = duration(value)
    if length is None:
        return Protection(text, is_valid=False)
    return Protection(text, until=start + length)


def duration(text: str) -> timedelta | None:
    """A duration in Go's notation, None where it is none (or longer than ten years)."""
    if not DURATION.fullmatch(text):
        return None
    seconds = sum(float(number) * SECONDS[unit] for number, unit in PART.findall(text))
    return timedelta(seconds=seconds) if seconds <= LONGEST.total_seconds() else None
