"""Why a pod found no place: the first constraint that leaves it none, with the numbers that decided."""

import numpy as np

from apps.pipeline.optimizer.arrays import Arrays
from apps.pipeline.optimizer.model import HOST_LABEL, Exclusion, RuleKind

SENTENCES = {
    Exclusion.SPREAD: RuleKind.SPREAD,
    Exclusion.TOGETHER: RuleKind.TOGETHER,
    Exclusion.APART: RuleKind.APART,
}


def excluded_everywhere(arrays: Arrays, class_: int) -> Exclusion | None:
    """Why no offering and no node at all takes even one pod of the class; None where one does."""
    bins = arrays.bins
    if not len(bins.cost):
        return Exclusion.NO_POOL
    if not bins.selected[class_].any():
        return Exclusion.SELECTOR
    if not bins.admitted[class_].any():
        return Exclusion.TAINT
    if bins.limit[class_].any():
        return None
    fits = (bins.capacity >= arrays.requests[class_]).all(axis=1) & bins.admitted[class_]
    if not fits.any():
        return Exclusion.TOO_LARGE
    shape = arrays.classes.shapes[class_]
    beside = [
        node.apart for node, fit in zip(arrays.problem.nodes, fits[arrays.offered :], strict=True) if fit
    ]
    stands_apart = any(rule.kind is RuleKind.APART and rule.domain == HOST_LABEL for rule in shape.rules)
    if stands_apart or any(shape.member_of & apart for apart in beside):
        return Exclusion.APART
    return Exclusion.SPREAD


def detail_of(arrays: Arrays, class_: int, because: Exclusion) -> str:
    """The sentence that goes with `because` for a pod of the class."""
    bins, offered = arrays.bins, arrays.offered
    places = _places(offered, len(bins.cost) - offered)
    match because:
        case Exclusion.NO_POOL:
            return "No pool is offered and no node is running."
        case Exclusion.SELECTOR:
            return f"Its node selector and affinity match none of {places}."
        case Exclusion.TAINT:
            matching = int(bins.selected[class_].sum())
            return f"It does not tolerate the taints of the {matching} of {places} that its selector matches."
        case Exclusion.TOO_LARGE:
            return _too_large(arrays, class_)
        case Exclusion.SPREAD | Exclusion.TOGETHER | Exclusion.APART:
            return _rule_sentence(arrays, class_, because)
        case Exclusion.POOL_SHARE:
            takers = int((bins.limit[class_, :offered] > 0).sum())
            share = arrays.problem.limits.max_pool_share_pct
            return f"Each of the {takers} pools that take it already holds {share} % of the new nodes."
        case Exclusion.CAP:
            cap = arrays.problem.limits.max_price_hourly_usd or 0.0
            buyable = bins.price[:offered][bins.limit[class_, :offered] > 0]
            least = f" The cheapest node that holds it costs ${buyable.min():.4f}." if len(buyable) else ""
            return f"The new nodes reach the cap of ${cap:.4f} an hour without it.{least}"
        case Exclusion.TIME:
            takers = int((bins.limit[class_] > 0).sum())
            return f"{takers} of {places} could take it, but the time for the plan ran out."


def _places(offered: int, running: int) -> str:
    pools = f"{offered} pool" + ("" if offered == 1 else "s")
    nodes = f"{running} running node" + ("" if running == 1 else "s")
    return f"{pools} and {nodes}"


def _too_large(arrays: Arrays, class_: int) -> str:
    bins, requests = arrays.bins, arrays.requests[class_]
    room = bins.capacity[bins.admitted[class_]]
    largest = room.max(axis=0)
    over = [index for index in range(len(requests)) if requests[index] > largest[index]]
    names = arrays.problem.resources
    if over:
        first = over[0]
        return (
            f"It asks for {requests[first]:.0f} {names[first]}; the largest of the {len(room)} places "
            f"that admit it has {largest[first]:.0f}."
        )
    asked = ", ".join(f"{requests[index]:.0f} {names[index]}" for index in np.flatnonzero(requests > 0))
    if (room >= requests).all(axis=1).any():
        return f"It asks for {asked}; the {len(room)} places that admit it are taken up by other pods."
    return f"It asks for {asked}; none of the {len(room)} places that admit it has all of that at once."


def _rule_sentence(arrays: Arrays, class_: int, because: Exclusion) -> str:
    kind = SENTENCES[because]
    rules = [rule for rule in arrays.classes.shapes[class_].rules if rule.kind is kind]
    rule = min(rules, key=lambda rule: (rule.domain, rule.group), default=None)
    if rule is None:
        return "A running pod stands apart from it on every node that it could run on."
    over = "zone" if "zone" in rule.domain else "node"
    counts = next(
        (
            ", ".join(f"{zone} {number}" for zone, number in zip(arrays.zones, seen.existing, strict=True))
            for seen in arrays.zone_rules
            if seen.kind is kind and seen.group == rule.group and over == "zone"
        ),
        "",
    )
    running = f" Running now: {counts}." if counts else ""
    match kind:
        case RuleKind.SPREAD:
            return f"One more would exceed the skew of {rule.skew} over {over}s of {rule.group}.{running}"
        case RuleKind.TOGETHER:
            return f"No {over} that runs {rule.group} has room for it.{running}"
        case RuleKind.APART:
            return f"Every {over} that could take it runs {rule.group}, which it stands apart from.{running}"
