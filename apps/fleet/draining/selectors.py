"""Label selectors, as the API server matches them."""

from collections.abc import Callable, Mapping
from typing import Any

Labels = Mapping[str, str]
# Per operator: whether the value of the label (None where the pod lacks it) is among the wanted.
OPERATORS: Mapping[str, Callable[[str | None, list[str]], bool]] = {
    "In": lambda value, wanted: value in wanted,
    "NotIn": lambda value, wanted: value not in wanted,
    "Exists": lambda value, wanted: value is not None,
    "DoesNotExist": lambda value, wanted: value is None,
}


def matches(selector: Mapping[str, Any] | None, labels: Labels) -> bool:
    """Whether a selector picks an object with `labels`. An empty one picks all, None picks none.

    An operator that we do not know picks: a budget must rather protect too much than too little.
    """
    if selector is None:
        return False
    exact = selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in exact.items()):
        return False
    return all(_meets(rule, labels) for rule in selector.get("matchExpressions") or ())


def _meets(rule: Mapping[str, Any], labels: Labels) -> bool:
    test = OPERATORS.get(rule["operator"])
    return test is None or test(labels.get(rule["key"]), rule.get("values") or [])
