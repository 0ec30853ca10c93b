"""What the documents name: the same role, queue and rules in each of them."""

from dataclasses import dataclass

ROLE_NAME = "AtharvaAccess"
POLICY_NAME = "AtharvaAccess"
FORWARDING_ROLE_NAME = "AtharvaForwardsEvents"
QUEUE_NAME = "atharva-events"
RULE_NAME = "atharva-events"
# Later than that nobody wants to hear of an interruption.
MESSAGES_KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Terms:
    """Who may come in, and where the account's events are. `regions` begins with the queue's."""

    account_id: str
    principal: str
    external_id: str
    regions: tuple[str, ...]
    queue_arn: str

    @property
    def home(self) -> str:
        return self.regions[0]

    @property
    def others(self) -> tuple[str, ...]:
        return self.regions[1:]
