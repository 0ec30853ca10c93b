"""How a component's state looks: the shape beside the word."""

from collections.abc import Mapping

from ..statuses import ComponentStatus

ICONS: Mapping[ComponentStatus, str] = {
    ComponentStatus.HEALTHY: "circle-check",
    ComponentStatus.DEGRADED: "triangle-alert",
    ComponentStatus.CRITICAL: "octagon-alert",
}


def summary(numbers: Mapping[ComponentStatus, int]) -> str:
    """`3 healthy, 1 degraded`: the states that there are, the best first."""
    return ", ".join(f"{number} {status.label.lower()}" for status, number in numbers.items() if number)
