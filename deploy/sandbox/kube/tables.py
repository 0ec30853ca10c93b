"""Server-side tables, which `kubectl get` shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from . import facts
from .kinds import (
    BUDGETS,
    DAEMONSETS,
    DEPLOYMENTS,
    EVENTS,
    NAMESPACES,
    NODES,
    PODS,
    REPLICASETS,
    STATEFULSETS,
    Kind,
    Obj,
)
from .store import Record, encode

Cells = Callable[[Obj], list[Any]]
WIDE = 1
Column = tuple[str, str, int]


def age(since: str | None) -> str:
    """The time since an instant as kubectl prints it."""
    if not since:
        return "<unknown>"
    seconds = int((datetime.now(UTC) - datetime.fromisoformat(since)).total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{max(seconds, 0)}s"


def _age(obj: Obj) -> str:
    return age(obj["metadata"].get("creationTimestamp"))


def _node(node: Obj) -> list[Any]:
    ready = facts.condition(node, "Ready")
    state = {"True": "Ready", "False": "NotReady"}.get(
        (ready or {}).get("status", ""), "NotReady" if ready else "Unknown"
    )
    if node["spec"].get("unschedulable"):
        state += ",SchedulingDisabled"
    status = node["status"]
    info = status.get("nodeInfo") or {}
    addresses = {a["type"]: a["address"] for a in status.get("addresses") or ()}
    return [
        node["metadata"]["name"],
        state,
        "<none>",
        _age(node),
        info.get("kubeletVersion", ""),
        addresses.get("InternalIP", "<none>"),
        addresses.get("ExternalIP", "<none>"),
        info.get("osImage", "<unknown>"),
        info.get("kernelVersion", "<unknown>"),
        info.get("containerRuntimeVersion", "<unknown>"),
    ]


def _pod(pod: Obj) -> list[Any]:
    status, spec = pod["status"], pod["spec"]
    containers = status.get("containerStatuses") or ()
    ready = sum(1 for c in containers if c.get("ready"))
    state = "Terminating" if facts.is_ending(pod) else status.get("phase", "Unknown")
    if state == "Pending" and spec.get("nodeName"):
        state = "ContainerCreating"
    return [
        pod["metadata"]["name"],
        f"{ready}/{len(spec['containers'])}",
        state,
        str(sum(c.get("restartCount", 0) for c in containers)),
        _age(pod),
        status.get("podIP", "<none>"),
        spec.get("nodeName") or "<none>",
        status.get("nominatedNodeName") or "<none>",
        "<none>",
    ]


def _budget(budget: Obj) -> list[Any]:
    spec = budget["spec"]
    return [
        budget["metadata"]["name"],
        str(spec.get("minAvailable", "N/A")),
        str(spec.get("maxUnavailable", "N/A")),
        budget["status"]["disruptionsAllowed"],
        _age(budget),
    ]


def _images(workload: Obj) -> tuple[str, str, str]:
    containers = workload["spec"]["template"]["spec"].get("containers") or ()
    chosen = workload["spec"]["selector"].get("matchLabels") or {}
    return (
        ",".join(c["name"] for c in containers),
        ",".join(c["image"] for c in containers),
        ",".join(f"{key}={value}" for key, value in chosen.items()),
    )


def _deployment(workload: Obj) -> list[Any]:
    status = workload.get("status") or {}
    return [
        workload["metadata"]["name"],
        f"{status.get('readyReplicas', 0)}/{workload['spec']['replicas']}",
        status.get("updatedReplicas", 0),
        status.get("availableReplicas", 0),
        _age(workload),
        *_images(workload),
    ]


def _replica_set(workload: Obj) -> list[Any]:
    status = workload.get("status") or {}
    return [
        workload["metadata"]["name"],
        workload["spec"]["replicas"],
        status.get("replicas", 0),
        status.get("readyReplicas", 0),
        _age(workload),
        *_images(workload),
    ]


def _stateful_set(workload: Obj) -> list[Any]:
    status = workload.get("status") or {}
    return [
        workload["metadata"]["name"],
        f"{status.get('readyReplicas', 0)}/{workload['spec']['replicas']}",
        _age(workload),
        *_images(workload)[:2],
    ]


def _daemon_set(workload: Obj) -> list[Any]:
    status = workload.get("status") or {}
    chosen = workload["spec"]["template"]["spec"].get("nodeSelector") or {}
    return [
        workload["metadata"]["name"],
        *(
            status.get(field, 0)
            for field in (
                "desiredNumberScheduled",
                "currentNumberScheduled",
                "numberReady",
                "updatedNumberScheduled",
                "numberAvailable",
            )
        ),
        ",".join(f"{k}={v}" for k, v in chosen.items()) or "<none>",
        _age(workload),
        *_images(workload),
    ]


def _event(event: Obj) -> list[Any]:
    about = event.get("involvedObject") or {}
    return [
        age(event.get("lastTimestamp") or event.get("eventTime")),
        event.get("type", ""),
        event.get("reason", ""),
        f"{about.get('kind', '').lower()}/{about.get('name', '')}",
        event.get("message", ""),
    ]


def _any(obj: Obj) -> list[Any]:
    return [obj["metadata"]["name"], _age(obj)]


def _namespace(namespace: Obj) -> list[Any]:
    return [namespace["metadata"]["name"], namespace["status"]["phase"], _age(namespace)]


def _columns(text: str) -> list[Column]:
    """`Name Ready *Images`: a star marks what only `-o wide` shows, `#` a number."""
    columns = []
    for word in text.split():
        name = word.lstrip("*#").replace("_", " ")
        columns.append((name, "integer" if "#" in word else "string", WIDE if word.startswith("*") else 0))
    return columns


TABLES: dict[Kind, tuple[list[Column], Cells]] = {
    NODES: (
        _columns(
            "Name Status Roles Age Version *Internal-IP *External-IP *OS-Image *Kernel-Version "
            "*Container-Runtime"
        ),
        _node,
    ),
    PODS: (_columns("Name Ready Status Restarts Age *IP *Node *Nominated_Node *Readiness_Gates"), _pod),
    BUDGETS: (_columns("Name Min_Available Max_Unavailable #Allowed_Disruptions Age"), _budget),
    DEPLOYMENTS: (
        _columns("Name Ready #Up-to-date #Available Age *Containers *Images *Selector"),
        _deployment,
    ),
    REPLICASETS: (_columns("Name #Desired #Current #Ready Age *Containers *Images *Selector"), _replica_set),
    STATEFULSETS: (_columns("Name Ready Age *Containers *Images"), _stateful_set),
    DAEMONSETS: (
        _columns(
            "Name #Desired #Current #Ready #Up-to-date #Available Node_Selector Age *Containers *Images "
            "*Selector"
        ),
        _daemon_set,
    ),
    EVENTS: (_columns("Last_Seen Type Reason Object Message"), _event),
    NAMESPACES: (_columns("Name Status Age"), _namespace),
}
ANY = (_columns("Name Age"), _any)


def is_wanted(accept: str) -> bool:
    """Whether an Accept header asks for a table first."""
    return "as=Table" in accept.split(",")[0]


def table(kind: Kind, records: list[Record], metadata: Obj) -> bytes:
    """Records as a Table."""
    columns, cells = TABLES.get(kind, ANY)
    definitions = [
        {
            "name": name,
            "type": kind_of_cell,
            "format": "name" if name == "Name" else "",
            "description": "",
            "priority": priority,
        }
        for name, kind_of_cell, priority in columns
    ]
    rows = [
        {
            "cells": cells(record.obj),
            "object": {
                "kind": "PartialObjectMetadata",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": record.obj["metadata"],
            },
        }
        for record in records
    ]
    return encode(
        {
            "kind": "Table",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": metadata,
            "columnDefinitions": definitions,
            "rows": rows,
        }
    )


def table_line(kind_of_change: str, record: Record) -> bytes:
    """A change as a watch line whose object is a table of one row."""
    rows = table(record.kind, [record], {"resourceVersion": record.obj["metadata"]["resourceVersion"]})
    return b'{"type":"%b","object":%b}\n' % (kind_of_change.encode(), rows)
