"""verifying: the evicted pods' owners have their replicas back and every budget its healthy count."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime

from apps.fleet.draining.selectors import matches
from apps.fleet.errors import NodeMissing
from apps.fleet.kube import Kube, kube_of
from apps.fleet.kube.port import DISRUPTION_TAINT, Owner
from apps.fleet.models import Go, LookAgain, Outcome, Switch
from apps.fleet.statuses import SwitchState

VERIFY_POLL = timedelta(seconds=10)


def verify(switch: Switch, now: datetime) -> Outcome:
    """Go on once everything was well for long enough; fail loudly after the limit, keeping the old node."""
    kube = kube_of(switch.cluster)
    policy = switch.cluster.policy
    missing = what_is_missing(switch, kube)
    if missing and now - switch.entered_at > timedelta(seconds=policy.verify_limit_seconds):
        why = f"Not verified: {missing}"
        keep_old_node(switch, kube)
        return Go(SwitchState.FAILED, why, {"error": why})
    if missing:
        return LookAgain(VERIFY_POLL, f"Waiting: {missing}", {"drain": {**switch.drain, "well_since": None}})
    since = parse_datetime(switch.drain.get("well_since") or "") or now
    stable = timedelta(seconds=policy.verify_stable_seconds)
    count = len(switch.owners)
    if now - since >= stable:
        return Go(
            SwitchState.COMPLETE, f"{count} of {count} owners have their replicas; terminating the old node"
        )
    rest = min(VERIFY_POLL, since + stable - now)
    return LookAgain(
        rest,
        f"{count} of {count} owners have their replicas, every budget its count; watching {stable.seconds} s",
        {"drain": {**switch.drain, "well_since": since.isoformat()}},
    )


def what_is_missing(switch: Switch, kube: Kube) -> str:
    """The first owners and budgets that are short, in words; empty when none is."""
    short = [text for entry in switch.owners if (text := shortage(kube, entry))]
    budgets = kube.budgets({entry["namespace"] for entry in switch.owners})
    short += [
        f"budget {budget.name} has {budget.current_healthy} of {budget.desired_healthy} healthy"
        for budget in budgets
        if budget.current_healthy < budget.desired_healthy
        and any(
            entry["namespace"] == budget.namespace and matches(budget.selector, entry["labels"])
            for entry in switch.owners
        )
    ]
    return "; ".join(short[:3])


def shortage(kube: Kube, entry: dict[str, Any]) -> str:
    """How an owner falls short of its replicas, or an empty string."""
    replicas = kube.replicas(Owner(entry["kind"], entry["namespace"], entry["name"]))
    if replicas is None or replicas.ready >= replicas.wanted:
        return ""
    return f"{entry['name']} has {replicas.ready} of {replicas.wanted} ready"


def keep_old_node(switch: Switch, kube: Kube) -> None:
    """Let the old node take pods again; it may be gone already on an interruption."""
    try:
        kube.untaint(switch.old_instance.node_name, DISRUPTION_TAINT)
    except NodeMissing:
        return
