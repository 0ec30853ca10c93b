"""A removal: a node goes and nothing is launched, because its pods fit on the others."""

from datetime import datetime, timedelta

from apps.fleet.kube import Kube
from apps.fleet.models import Go, LookAgain, Outcome, Switch
from apps.fleet.statuses import SwitchState

from .elsewhere import Forecast, forecast

ROOM_POLL = timedelta(seconds=10)


def begin(switch: Switch, kube: Kube, now: datetime) -> Outcome:
    """Drain the node where its pods fit elsewhere now; wait for room up to the drain limit."""
    found = look(switch, kube)
    if not found.homeless:
        places = found.of(switch.old_instance.node_name)
        pods, nodes = len(places), len(set(places))
        learned = {
            "blocked_by": "",
            "saving_hourly_usd": switch.from_pool.price_hourly_usd,
            "drain": {**switch.drain, "elsewhere": {"pods": pods, "nodes": nodes}},
        }
        return Go(SwitchState.SWITCHING, f"Nothing is launched, {fit(pods, nodes)}", learned)
    why = no_room(found)
    if now - switch.entered_at > timedelta(seconds=switch.cluster.policy.drain_limit_seconds):
        return Go(SwitchState.ROLLED_BACK, f"Given up. {why}", {"error": why[:400], "blocked_by": why[:300]})
    return LookAgain(ROOM_POLL, why, {"blocked_by": why[:300]})


def look(switch: Switch, kube: Kube) -> Forecast:
    """Where the pods of every node that leaves the cluster would go: none may count on another's room."""
    open_ones = Switch.objects.filter(cluster=switch.cluster_id, finished_at=None)
    leaving = frozenset(open_ones.values_list("old_instance__node_name", flat=True))
    nodes, _ = kube.nodes()
    pods, _ = kube.pods()
    return forecast(nodes, pods, leaving=leaving)


def done(switch: Switch) -> str:
    """What a removal that is over has done."""
    where = switch.drain.get("elsewhere", {})
    return f"Removed, {fit(where.get('pods', 0), where.get('nodes', 0))}"


def undo(why: str) -> Go:
    """Its pods did not come back elsewhere: the node is there for them again."""
    return Go(SwitchState.ROLLING_BACK, f"{why}. The node takes pods again", {"error": why[:400]})


def fit(pods: int, nodes: int) -> str:
    if not pods:
        return "no pod of it needs another place"
    return f"its {pods} pod{plural(pods)} fit on {nodes} other node{plural(nodes)}"


def no_room(found: Forecast) -> str:
    pod = found.homeless[0]
    more = f" and {len(found.homeless) - 1} more" if len(found.homeless) > 1 else ""
    return (
        f"Pod {pod.namespace}/{pod.name} ({pod.cpu_milli / 1000:.2f} CPUs, {pod.memory_mib / 1024:.1f} GiB)"
        f"{more} would find no place on the {found.open} node{plural(found.open)} left"
    )


def plural(count: int) -> str:
    return "" if count == 1 else "s"
