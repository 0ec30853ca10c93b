"""Every reason for which a pool falls out or a node stays, with its sentence and its numbers."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Reason(StrEnum):
    # pools: static filters
    NOT_PRICED = "not_priced"
    ARCHITECTURE = "architecture"
    NO_TEMPLATE = "no_template"
    OTHER_ARCHITECTURE = "other_architecture"
    NO_SUBNET = "no_subnet"
    FAMILY = "family"
    GENERATION = "generation"
    ABOVE_ON_DEMAND = "above_on_demand"
    SET_ASIDE = "set_aside"
    QUOTA = "quota"
    TOO_SMALL = "too_small"
    PRICE_FRESH = "price_fresh"
    # pools: the risk model
    TOO_RISKY = "too_risky"
    # nodes that may not be moved now
    NOT_READY = "not_ready"
    NOT_SEEN = "not_seen"
    NOT_LOOKED_AT = "not_looked_at"
    NO_MARKET = "no_market"
    KARPENTER = "karpenter"
    MOVING = "moving"
    INTERRUPTED = "interrupted"
    TOO_YOUNG = "too_young"
    COOLING_DOWN = "cooling_down"
    DO_NOT_DISRUPT = "do_not_disrupt"
    PODS_STAY = "pods_stay"
    NOT_PORTABLE = "not_portable"
    POOL_SHARE = "pool_share"
    GROUP_AT_MINIMUM = "group_at_minimum"
    GROUP_BUDGET = "group_budget"
    ON_DEMAND_FLOOR = "on_demand_floor"
    PRICE_CAP = "price_cap"
    BUDGET = "budget"
    BUDGET_WINDOW = "budget_window"
    PACE = "pace"
    # moves that are not worth it
    NO_POOL_FITS = "no_pool_fits"
    NOTHING_CHEAPER = "nothing_cheaper"
    TOO_FEW_CHEAPER = "too_few_cheaper"
    SAVING_TOO_SMALL = "saving_too_small"
    SCORE_NOT_BETTER = "score_not_better"
    NOT_WORTH_IT = "not_worth_it"
    STALE_MARKET = "stale_market"
    # pools that were not chosen for a node
    DEARER = "dearer"
    RANKED_LOWER = "ranked_lower"
    LAST_RESORT = "last_resort"
    # decided, and not begun
    OBSERVING = "observing"
    DRY_RUN = "dry_run"
    PAUSED = "paused"
    NOT_BEGUN = "not_begun"
    # moves
    CHEAPER = "cheaper"
    RISKY = "risky"
    RECOMMENDED = "recommended"
    TAKEN = "taken"


R = Reason
SENTENCES = {
    R.NOT_PRICED: "No price is known.",
    R.ARCHITECTURE: "The policy does not allow {have}.",
    R.NO_TEMPLATE: "The cluster has no node template for {have}.",
    R.OTHER_ARCHITECTURE: "No node is {have}; a node keeps its architecture unless the policy names another.",
    R.NO_SUBNET: "The node template has no subnet in {have}.",
    R.FAMILY: "The policy does not allow the family {have}.",
    R.GENERATION: "Generation {have}; the policy wants {need} or newer.",
    R.ABOVE_ON_DEMAND: "Costs {have}; on-demand costs {need}.",
    R.SET_ASIDE: "Had no capacity; set aside until {need}.",
    R.QUOTA: "The account may run {need} vCPUs of {subject} and runs {have}.",
    R.TOO_SMALL: "Offers {have}, which holds none of the nodes' pods.",
    R.PRICE_FRESH: "Its price stood for {have} samples, needs {need}.",
    R.TOO_RISKY: "May be interrupted within an hour with up to {have}; the ceiling is {need}.",
    R.NOT_READY: "The node is {have}; nothing is moved away from it for money.",
    R.NOT_SEEN: "{have}",
    R.NOT_LOOKED_AT: "{have} nodes were looked at in this run; its turn comes with the next.",
    R.NO_MARKET: "No price is known of the pool it runs in.",
    R.KARPENTER: "Karpenter manages it; it is watched, never touched.",
    R.MOVING: "It already takes part in a switch.",
    R.INTERRUPTED: "AWS takes it at {have}; its switch answers that.",
    R.TOO_YOUNG: "It is {have} old; needs {need}.",
    R.COOLING_DOWN: "It was moved {have} ago; needs {need}.",
    R.DO_NOT_DISRUPT: "The node {have}.",
    R.PODS_STAY: "{have}",
    R.NOT_PORTABLE: "Its pods do not all say that they may run on {have}.",
    R.POOL_SHARE: "Each of the {have} pools that fit already holds its share of the spot nodes, {need}.",
    R.GROUP_AT_MINIMUM: "Auto Scaling group {subject} would fall to {have}; its minimum is {need}.",
    R.GROUP_BUDGET: "{have} nodes of group {subject} are moving, going or not ready; at most {need} may.",
    R.ON_DEMAND_FLOOR: "The cluster has {have} on-demand nodes; the policy keeps {need}.",
    R.PRICE_CAP: "The cluster would cost {have}; its cap is {need}.",
    R.BUDGET: "{have} nodes are moving, going or not ready; at most {need} may.",
    R.BUDGET_WINDOW: "{have} nodes are moving, going or not ready; {subject} allows {need}.",
    R.PACE: "{have} nodes were moved in the last hour; at most {need} may be.",
    R.NO_POOL_FITS: "No pool left by the filters has room for it; needed is {need}.",
    R.NOTHING_CHEAPER: "It costs {have}; the cheapest pool that fits costs {need}.",
    R.TOO_FEW_CHEAPER: "Needs {need} cheaper pools, has {have}.",
    R.SAVING_TOO_SMALL: "Would save {have}; the policy wants {need}.",
    R.SCORE_NOT_BETTER: "The best cheaper pool scores {have}, its own {need}.",
    R.NOT_WORTH_IT: "Would save {have} over its expected life; the move costs {need}.",
    R.STALE_MARKET: "{have} Nothing is moved for money until prices are read again.",
    R.DEARER: "Costs {have}; the node costs {need}.",
    R.RANKED_LOWER: "Scores {have}; {subject} scores {need}.",
    R.LAST_RESORT: "On-demand: only where no spot pool has room.",
    R.OBSERVING: "The cluster is observed only.",
    R.DRY_RUN: "The cluster is in dry run.",
    R.PAUSED: "Moves are paused{need}.",
    R.NOT_BEGUN: "{have}",
    R.CHEAPER: "Saves {have}: {subject} costs {need}.",
    R.RISKY: "May be interrupted within an hour with up to {have}; the ceiling is {need}. Next: {subject}.",
    R.RECOMMENDED: "AWS recommended at {have} to move it, and the policy acts on that. Next: {subject}.",
    R.TAKEN: "AWS takes it at {have}. Next: {subject}.",
}
del R


@dataclass(frozen=True, slots=True)
class Why:
    """A reason with its numbers, already in words and units."""

    reason: Reason
    have: str = ""
    need: str = ""
    subject: str = ""

    @property
    def sentence(self) -> str:
        return SENTENCES[self.reason].format(have=self.have, need=self.need, subject=self.subject)


def usd_per_hour(amount: Decimal) -> str:
    """`$0.0412/h`."""
    return f"${amount:.4f}/h"


def percent(share: float) -> str:
    """`4.2 %` of 0.042; small shares keep two digits that count."""
    return f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.0f} %"
