"""Why nodes stay, as the estimate's panel says it; a word of the decision that is not here is shown bare."""

from apps.fleet.selectors.estimates import Stay

STAYS = {
    "no_market": "no price is known of where they run",
    "karpenter": "Karpenter manages them",
    "moving": "already moving",
    "interrupted": "AWS takes them",
    "do_not_disrupt": "marked do-not-disrupt",
    "pods_stay": "a pod on them must stay",
    "pool_share": "the cheaper pools hold their share already",
    "group_at_minimum": "their group is at its minimum",
    "group_budget": "their group gives one at a time",
    "on_demand_floor": "kept on-demand by the policy",
    "not_ready": "not ready",
    "not_seen": "not seen in the cluster",
    "no_pool_fits": "no other pool holds their pods",
    "nothing_cheaper": "nothing is cheaper",
    "too_few_cheaper": "too few pools are cheaper",
    "saving_too_small": "the saving is too small",
    "score_not_better": "no pool is better in all",
    "not_worth_it": "moving costs more than it saves",
}


def why(stay: Stay) -> str:
    """The reason in words."""
    return STAYS.get(stay.reason, stay.reason.replace("_", " "))
