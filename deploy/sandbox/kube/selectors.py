"""Label and field selectors: parsing, and matching objects."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from . import errors
from .kinds import FieldGetter, Kind, Obj
from .store import encode

Labels = Mapping[str, str]
Test = Callable[[Labels], bool]

_SET = re.compile(r"^(\S+?)\s+(in|notin)\s*\(([^)]*)\)$")
_COMPARE = re.compile(r"^([^\s=!<>]+)\s*(==|=|!=|>|<)\s*([^\s=!<>]*)$")
_KEY = re.compile(r"^(!?)\s*([A-Za-z0-9][-A-Za-z0-9_./]*)$")


class Selector:
    """All of its tests must hold."""

    __slots__ = ("_tests",)

    def __init__(self, tests: tuple[Test, ...]) -> None:
        self._tests = tests

    def matches(self, labels: Labels | None) -> bool:
        present = labels or {}
        return all(test(present) for test in self._tests)


NOTHING = Selector((lambda labels: False,))


def _one_of(key: str, values: frozenset[str]) -> Test:
    return lambda labels: labels.get(key) in values


def _none_of(key: str, values: frozenset[str]) -> Test:
    return lambda labels: labels.get(key) not in values


def _number(key: str, operator: str, bound: str) -> Test:
    limit = int(bound)

    def test(labels: Labels) -> bool:
        try:
            value = int(labels[key])
        except (KeyError, ValueError):
            return False
        return value > limit if operator in (">", "Gt") else value < limit

    return test


def _requirement(text: str) -> Test:
    if found := _SET.match(text):
        key, operator, inside = found.groups()
        values = frozenset(value.strip() for value in inside.split(","))
        return _one_of(key, values) if operator == "in" else _none_of(key, values)
    if found := _COMPARE.match(text):
        key, operator, value = found.groups()
        if operator in "<>":
            return _number(key, operator, value)
        return _none_of(key, frozenset({value})) if operator == "!=" else _one_of(key, frozenset({value}))
    if found := _KEY.match(text):
        absent, key = found.groups()
        return (lambda labels: key not in labels) if absent else (lambda labels: key in labels)
    raise ValueError(text)


@lru_cache(maxsize=4096)
def label_selector(text: str) -> Selector:
    """Parse a query's `labelSelector`; raises 400."""
    parts = [part.strip() for part in re.split(r",(?![^(]*\))", text) if part.strip()]
    try:
        return Selector(tuple(_requirement(part) for part in parts))
    except ValueError as problem:
        raise errors.bad_request(f"unable to parse requirement: found '{problem}' in '{text}'") from problem


def object_selector(selector: Obj | None) -> Selector:
    """The selector that a LabelSelector object means: none selects nothing, an empty one everything."""
    return NOTHING if selector is None else _object_selector(encode(selector, order="sorted"), selector)


_CACHE: dict[bytes, Selector] = {}


def _object_selector(key: bytes, selector: Obj) -> Selector:
    if key not in _CACHE:
        if len(_CACHE) > 50_000:
            _CACHE.clear()
        tests = [
            _one_of(name, frozenset({value})) for name, value in (selector.get("matchLabels") or {}).items()
        ]
        tests += [expression(part) for part in selector.get("matchExpressions") or ()]
        _CACHE[key] = Selector(tuple(tests))
    return _CACHE[key]


def expression(part: Obj) -> Test:
    """One `matchExpressions` entry, of a LabelSelector or of a node selector."""
    key, operator, values = part["key"], part["operator"], part.get("values") or []
    match operator:
        case "In":
            return _one_of(key, frozenset(values))
        case "NotIn":
            return _none_of(key, frozenset(values))
        case "Exists":
            return lambda labels: key in labels
        case "DoesNotExist":
            return lambda labels: key not in labels
        case "Gt" | "Lt":
            return _number(key, operator, values[0])
    raise errors.bad_request(f'"{operator}" is not a valid label selector operator')


def field_selector(kind: Kind, text: str) -> Callable[[Obj], bool]:
    """Parse a query's `fieldSelector` for a kind; raises 400 for a label that the kind does not support."""
    tests: list[Callable[[Obj], bool]] = []
    for part in filter(None, text.split(",")):
        found = re.match(r"^([^=!]+)(==|=|!=)(.*)$", part)
        if found is None:
            raise errors.bad_request(f'invalid selector: "{text}"; can\'t understand "{part}"')
        label, operator, value = found.groups()
        getter = kind.field_getter(label)
        if getter is None:
            raise errors.bad_request(
                f'Unable to find "{kind.group}/{kind.version}, Resource={kind.plural}" that match label '
                f'selector "", field selector "{text}": field label not supported: {label}'
            )
        tests.append(_field_test(getter, value, operator != "!="))
    return lambda obj: all(test(obj) for test in tests)


def _field_test(getter: FieldGetter, value: str, wanted: bool) -> Callable[[Obj], bool]:
    return lambda obj: (getter(obj) == value) is wanted
