"""A decision's reasons in a few words; the sentence with its numbers stands at each node."""

from apps.fleet.pages.stays import STAYS

from ..selectors.funnel import REASONS

FURTHER = {
    "too_young": "younger than the policy's least age",
    "cooling_down": "moved within the cool-down",
    "budget": "as many move as the policy allows",
    "pace": "the hour's moves are used up",
    "not_looked_at": "looked at in the next run",
    "not_portable": "a pod does not say that it runs on another architecture",
    "stale_market": "the market's data is too old",
    "quota": "the account's quota is used up",
    "price_cap": "it would raise the bill above the cap",
    "budget_window": "a disruption budget of this hour is used up",
}


def words(reason: str) -> str:
    """The reason in words; one that has none here is shown as it is called."""
    said = FURTHER.get(reason) or STAYS.get(reason) or REASONS.get(reason) or reason.replace("_", " ")
    return said[:1].upper() + said[1:]
