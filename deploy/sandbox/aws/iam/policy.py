"""IAM policy documents: which statements speak of an act, and what they say of it together."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any

Values = tuple[str, ...]
# Condition keys that an act comes with, in lower case; a condition on any other key counts as fulfilled.
KNOWN_KEYS = (
    "aws:requestedregion",
    "aws:requesttag/",
    "aws:resourcetag/",
    "aws:tagkeys",
    "autoscaling:resourcetag/",
    "ec2:createaction",
    "ec2:region",
    "ec2:resourcetag/",
    "iam:passedtoservice",
    "sts:externalid",
)
COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "stringequals": lambda wanted, value: wanted == value,
    "stringequalsignorecase": lambda wanted, value: wanted.lower() == value.lower(),
    "stringlike": lambda wanted, value: matches(wanted, value),
    "arnequals": lambda wanted, value: matches(wanted, value),
    "arnlike": lambda wanted, value: matches(wanted, value),
}


class Verdict(Enum):
    """What all statements together say of an act."""

    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"
    UNSAID = "unsaid"


@dataclass(frozen=True, slots=True)
class Act:
    """One action on one resource ("*" where the action knows none), with the values of its condition keys."""

    action: str
    resource: str = "*"
    context: Mapping[str, Values] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; `principals` matter in a role's trust only."""

    allows: bool
    actions: re.Pattern[str]
    resources: re.Pattern[str]
    conditions: tuple[tuple[str, str, Values], ...]
    principals: Values = ()
    is_negated_action: bool = False
    is_negated_resource: bool = False

    def speaks_of(self, act: Act) -> bool:
        """Whether it is about the act, its conditions included."""
        return (
            (self.actions.fullmatch(act.action.lower()) is None) == self.is_negated_action
            and (self.resources.fullmatch(act.resource) is None) == self.is_negated_resource
            and all(_holds(*condition, act.context) for condition in self.conditions)
        )


def verdict(statements: Iterable[Statement], act: Act) -> Verdict:
    """An explicit deny wins over every allow."""
    found = Verdict.UNSAID
    for statement in statements:
        if statement.speaks_of(act):
            if not statement.allows:
                return Verdict.FORBIDDEN
            found = Verdict.ALLOWED
    return found


def statements_of(document: str) -> Iterator[Statement]:
    """The statements of a policy's JSON."""
    found = json.loads(document)["Statement"]
    for one in [found] if isinstance(found, dict) else found:
        yield Statement(
            allows=one["Effect"] == "Allow",
            actions=_any(name.lower() for name in _many(one.get("Action", one.get("NotAction")))),
            resources=_any(_many(one.get("Resource", one.get("NotResource", "*")))),
            conditions=tuple(
                (operator.lower(), key.lower(), _many(wanted))
                for operator, keys in one.get("Condition", {}).items()
                for key, wanted in keys.items()
            ),
            principals=_principals(one.get("Principal")),
            is_negated_action="NotAction" in one,
            is_negated_resource="NotResource" in one,
        )


def matches(pattern: str, text: str) -> bool:
    """IAM's wildcards: `*` for any text, `?` for one character."""
    return _any((pattern,)).fullmatch(text) is not None


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    # One expression for all: a policy names dozens of actions, and every call asks.
    return _compiled(tuple(patterns))


@lru_cache(maxsize=4096)
def _compiled(patterns: Values) -> re.Pattern[str]:
    expressions = (re.escape(one).replace(r"\*", ".*").replace(r"\?", ".") for one in patterns)
    return re.compile("|".join(f"(?:{expression})" for expression in expressions), re.DOTALL)


def _holds(operator: str, key: str, wanted: Values, context: Mapping[str, Values]) -> bool:
    if not key.startswith(KNOWN_KEYS):
        return True
    quantifier, _, plain = operator.rpartition(":")
    comparison = plain.removesuffix("ifexists")
    values = context.get(key)
    if comparison == "null":
        return (values is None) == (wanted[0].lower() == "true")
    is_negated = "not" in comparison
    compare = COMPARISONS.get(comparison.replace("not", ""))
    if compare is None:
        return True
    if values is None:
        return is_negated or plain.endswith("ifexists") or quantifier == "forallvalues"
    hits = [any(compare(one, value) for one in wanted) != is_negated for value in values]
    return any(hits) if quantifier == "foranyvalue" else all(hits)


def _principals(principal: Any) -> Values:
    if isinstance(principal, dict):
        return _many(principal.get("AWS", ()))
    return _many(principal or ())


def _many(value: Any) -> Values:
    return (str(value),) if isinstance(value, str | bool | int) else tuple(str(one) for one in value)
