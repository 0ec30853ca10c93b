"""What an object must be like to be stored: names, required fields, rules between fields."""

from __future__ import annotations

import re
from typing import Any

from . import errors
from .kinds import BUDGETS, DAEMONSETS, DEPLOYMENTS, PODS, RBAC, REPLICASETS, SECRETS, STATEFULSETS, Kind, Obj
from .selectors import object_selector
from .store import encode

_SUBDOMAIN = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")
_LABEL_KEY = re.compile(r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$")
_LABEL_VALUE = re.compile(r"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$")
_NAME_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
    "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
TOKEN_SECRET, ACCOUNT_NAME = "kubernetes.io/service-account-token", "kubernetes.io/service-account.name"
Problem = tuple[str, str, str]
INVALID, REQUIRED, FORBIDDEN = "FieldValueInvalid", "FieldValueRequired", "FieldValueForbidden"


def validate(kind: Kind, obj: Obj, old: Obj | None = None) -> None:
    """Raise 422 with every problem of a new object, or of a changed one where `old` is given."""
    problems = _metadata(kind, obj)
    spec = obj.get("spec") or {}
    if kind is PODS:
        problems += _pod(spec, old)
    elif kind is BUDGETS:
        problems += _budget(spec)
    elif kind is SECRETS:
        problems += _secret(obj)
    elif kind in (DEPLOYMENTS, REPLICASETS, STATEFULSETS, DAEMONSETS):
        problems += _workload(spec)
        if old is not None and old["spec"].get("selector") != spec.get("selector"):
            problems.append((INVALID, "spec.selector", _value(spec.get("selector")) + "field is immutable"))
    if problems:
        raise errors.invalid(kind, obj["metadata"]["name"], *problems)


def _value(value: Any) -> str:
    shown = encode(value).decode()
    return f"Invalid value: {shown}: "


def _metadata(kind: Kind, obj: Obj) -> list[Problem]:
    meta = obj["metadata"]
    problems: list[Problem] = []
    if kind.group != RBAC and (len(meta["name"]) > 253 or not _SUBDOMAIN.match(meta["name"])):
        problems.append((INVALID, "metadata.name", _value(meta["name"]) + _NAME_RULE))
    for key, value in (meta.get("labels") or {}).items():
        if not _LABEL_KEY.match(key):
            problems.append(
                (
                    INVALID,
                    "metadata.labels",
                    _value(key) + "name part must consist of alphanumeric "
                    "characters, '-', '_' or '.', and must start and end with an alphanumeric character",
                )
            )
        if not _LABEL_VALUE.match(value):
            problems.append(
                (
                    INVALID,
                    "metadata.labels",
                    _value(value) + "a valid label must be an empty string or "
                    "consist of alphanumeric characters, '-', '_' or '.'",
                )
            )
    return problems


def _secret(secret: Obj) -> list[Problem]:
    annotations = secret["metadata"].get("annotations") or {}
    if secret.get("type") == TOKEN_SECRET and not annotations.get(ACCOUNT_NAME):
        return [(REQUIRED, f"metadata.annotations[{ACCOUNT_NAME}]", "Required value")]
    return []


def _pod(spec: Obj, old: Obj | None) -> list[Problem]:
    problems: list[Problem] = []
    if not spec.get("containers"):
        problems.append((REQUIRED, "spec.containers", "Required value"))
    for index, container in enumerate(spec.get("containers") or ()):
        problems += [
            (REQUIRED, f"spec.containers[{index}].{field}", "Required value")
            for field in ("name", "image")
            if not container.get(field)
        ]
    if old is not None and old["spec"].get("nodeName") != spec.get("nodeName"):
        problems.append(
            (
                FORBIDDEN,
                "spec",
                "Forbidden: pod updates may not change fields other than "
                "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
                "`spec.tolerations` (only additions to existing tolerations)",
            )
        )
    return problems


def _budget(spec: Obj) -> list[Problem]:
    least, most = spec.get("minAvailable"), spec.get("maxUnavailable")
    if least is not None and most is not None:
        return [(INVALID, "spec", _value(spec) + "minAvailable and maxUnavailable cannot be both set")]
    name, value = ("minAvailable", least) if least is not None else ("maxUnavailable", most)
    if isinstance(value, int) and value < 0:
        return [(INVALID, f"spec.{name}", _value(value) + "must be greater than or equal to 0")]
    if isinstance(value, str) and not re.match(r"^\d+%$", value):
        return [
            (
                INVALID,
                f"spec.{name}",
                _value(value) + "a valid percent string must be a numeric string followed "
                "by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
            )
        ]
    return []


def _workload(spec: Obj) -> list[Problem]:
    if not spec.get("selector"):
        return [(REQUIRED, "spec.selector", "Required value")]
    template = spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels")
    if not object_selector(spec["selector"]).matches(labels):
        return [
            (
                INVALID,
                "spec.template.metadata.labels",
                _value(labels) + "`selector` does not match template `labels`",
            )
        ]
    return [
        (reason, f"spec.template.{field}", message)
        for reason, field, message in _pod(template.get("spec") or {}, None)
    ]
