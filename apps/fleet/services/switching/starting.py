"""suggested: look once more whether the move may begin, before anything is launched."""

from datetime import datetime, timedelta

from apps.fleet.kube import kube_of
from apps.fleet.models import Go, LookAgain, Outcome, Switch
from apps.fleet.statuses import DisruptionKind, InstanceState, Mode, SwitchState

from . import drains, removing
from .preparing import choose, saves_enough

BUDGET_POLL = timedelta(seconds=10)


def start(switch: Switch, now: datetime) -> Outcome:
    """Go on to prepare where nothing stands in the way; wait for a used-up budget up to the drain limit."""
    if not DisruptionKind(switch.kind).is_voluntary:
        return answer(switch, now)
    why_not = changed_meanwhile(switch, now)
    if why_not:
        return Go(SwitchState.ROLLED_BACK, why_not, {"error": why_not})
    cluster, node = switch.cluster, switch.old_instance.node_name
    kube = kube_of(cluster)
    plan = drains.plan_of(kube, node, cluster.policy, kind=DisruptionKind(switch.kind), now=now)
    if plan.refusals:
        why = plan.refusals[0].reason
        return Go(SwitchState.ROLLED_BACK, f"Not moved. {why}", {"error": why[:400], "blocked_by": why[:300]})
    if plan.blockers:
        why = plan.blockers[0].reason
        if now - switch.entered_at > timedelta(seconds=switch.cluster.policy.drain_limit_seconds):
            return Go(
                SwitchState.ROLLED_BACK, f"Given up. {why}", {"error": why[:400], "blocked_by": why[:300]}
            )
        return LookAgain(BUDGET_POLL, why, {"blocked_by": why[:300]})
    if switch.is_removal:
        return removing.begin(switch, kube, now)
    asked = choose(switch, now)
    return Go(SwitchState.PREPARING, "Launching the replacement", {"blocked_by": "", "asked": asked})


def answer(switch: Switch, now: datetime) -> Go:
    """An interruption is answered at once; a warning that came too late leaves no deadline to keep."""
    learned = {"asked": choose(switch, now)}
    if switch.deadline_at and now > switch.deadline_at:
        text = "AWS's deadline had passed when its warning came; launching a replacement"
        return Go(SwitchState.PREPARING, text, learned | {"deadline_at": None})
    return Go(SwitchState.PREPARING, "AWS takes the node; launching its replacement", learned)


def changed_meanwhile(switch: Switch, now: datetime) -> str:
    """Why the suggestion no longer holds, or an empty string."""
    policy = switch.cluster.policy
    if policy.mode != Mode.ACTIVE:
        return f"The cluster is in {Mode(policy.mode).label.lower()} mode, so nothing is moved"
    if policy.is_paused(now):
        return f"The cluster is paused: {policy.paused_reason or 'no reason given'}"
    if switch.old_instance.state != InstanceState.RUNNING:
        return f"{switch.old_instance.ec2_id} is {switch.old_instance.state} meanwhile"
    if switch.kind == DisruptionKind.COST and not saves_enough(switch, switch.to_pool):
        return "The price has moved: the saving is gone"
    return ""
