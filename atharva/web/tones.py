"""The six tones in which the product speaks of a state; each has its colour, icon and place in the tokens."""

from enum import StrEnum


class Tone(StrEnum):
    OK = "ok"
    RISK = "risk"
    CRITICAL = "critical"
    INFO = "info"
    OD = "od"
    MUTED = "muted"
