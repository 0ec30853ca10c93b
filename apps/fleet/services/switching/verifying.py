"""verifying: the evicted pods' owners have their replicas back and every budget its healthy count."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime

from apps.fleet.draining.selectors import matches
from apps.fleet.errors import NodeMissing
from apps.fleet.kube import Kube, kube_of
from apps.fleet.kube.port import DISRUPTION_TAINT, Owner, SeenBudget
from apps.fleet.models import Go, LookAgain, Outcome, Switch
from apps.fleet.statuses import SwitchState

from . import removing

WAIT_POLL = timedelta(seconds=10)
WATCH_POLL = timedelta(seconds=15)
Entry = dict[str, Any]


def verify(switch: Switch, now: datetime) -> Outcome:
    """Go on once everything was well for long enough; fail loudly after the limit, keeping the old node."""
    kube = kube_of(switch.cluster)
    policy = switch.cluster.policy
    missing, owners = what_is_missing(switch.owners, kube)
    if missing and now - switch.entered_at > timedelta(seconds=policy.verify_limit_seconds):
        why = f"Not verified: {missing}"
        if switch.is_removal:
            return removing.undo(why)
        keep_old_node(switch, kube)
        return Go(SwitchState.FAILED, why, {"error": why})
    if missing:
        learned = {"owners": owners, "drain": {**switch.drain, "well_since": None}}
        return LookAgain(WAIT_POLL, f"Waiting: {missing}", learned)
    since = parse_datetime(switch.drain.get("well_since") or "") or now
    stable = timedelta(seconds=policy.verify_stable_seconds)
    count = len(owners)
    if now - since >= stable:
        return Go(SwitchState.COMPLETE, f"{count} of {count} owners have their replicas; the old node goes")
    return LookAgain(
        min(WATCH_POLL, since + stable - now),
        f"{count} of {count} owners have their replicas, every budget its count; watching {stable.seconds} s",
        {"owners": owners, "drain": {**switch.drain, "well_since": since.isoformat()}},
    )


def what_is_missing(owners: list[Entry], kube: Kube) -> tuple[str, list[Entry]]:
    """The first owners and budgets that are short, in words (empty: none), and who to ask next time."""
    short, asked = [], {}
    for entry in owners:
        replicas = kube.replicas(Owner(entry["kind"], entry["namespace"], entry["name"]))
        if replicas is None:
            continue
        asked[replicas.of] = {**entry, "kind": replicas.of.kind, "name": replicas.of.name}
        if replicas.ready < replicas.wanted:
            short.append(f"{replicas.of.name} has {replicas.ready} of {replicas.wanted} ready")
    entries = list(asked.values())
    short += [
        f"budget {budget.name} has {budget.current_healthy} of {budget.desired_healthy} healthy"
        for budget in kube.budgets({entry["namespace"] for entry in entries})
        if budget.current_healthy < budget.desired_healthy and any(covers(budget, entry) for entry in entries)
    ]
    return "; ".join(dict.fromkeys(short[:3])), entries


def covers(budget: SeenBudget, entry: Entry) -> bool:
    """Whether a budget protects an owner's pods."""
    return budget.namespace == entry["namespace"] and matches(budget.selector, entry["labels"])


def keep_old_node(switch: Switch, kube: Kube) -> None:
    """Let the old node take pods again; it may be gone already on an interruption."""
    try:
        kube.untaint(switch.old_instance.node_name, DISRUPTION_TAINT)
    except NodeMissing:
        return
