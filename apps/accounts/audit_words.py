"""What stands in the trail, in words: each kind of change as what somebody did to the row's target."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

WORDS: Mapping[str, str] = {
    "signed_in": "Signed in",
    "signed_out": "Signed out",
    "signed_out_everywhere": "Signed out everywhere",
    "sign_in_ended": "Ended a sign-in",
    "signed_up": "Signed up",
    "refresh_token_reused": "Saw a used token again and ended its sign-in",
    "user_created": "Added a person",
    "user_changed": "Changed a person",
    "user_blocked": "Blocked a person",
    "user_opened": "Opened a blocked account",
    "user_deleted": "Deleted a person",
    "user_joined": "Let a person into the tenant",
    "user_left": "Took a person out of the tenant",
    "profile_changed": "Changed their own profile",
    "password_changed": "Changed a password",
    "password_reset": "Reset their password by e-mail",
    "second_factor_added": "Added a second factor",
    "second_factor_removed": "Removed a second factor",
    "recovery_code_used": "Used a recovery code",
    "openid_linked": "Linked an OpenID sign-in",
    "api_token_created": "Made an API token",
    "api_token_revoked": "Revoked an API token",
    "tries_forgotten": "Cleared the failed tries of a name",
    "invitation_made": "Invited somebody",
    "invitation_sent_again": "Sent an invitation again",
    "invitation_accepted": "Accepted an invitation",
    "invitation_withdrawn": "Withdrew an invitation",
    "client_created": "Made a tenant",
    "client_archived": "Archived a tenant",
    "account_started": "Began to connect an AWS account",
    "account_connected": "Connected an AWS account",
    "account_changed": "Changed an AWS account",
    "account_disconnected": "Disconnected an AWS account",
    "account_removed": "Removed an AWS account",
    "cluster_connected": "Connected a cluster",
    "cluster_changed": "Changed a cluster",
    "cluster_left": "Gave a cluster back",
    "connection_tested": "Tested a connection",
    "policy_changed": "Changed a policy",
    "on_demand_share_changed": "Changed a cluster's on-demand share with the weather",
    "price_overlay_added": "Added a price of their own",
    "price_overlay_removed": "Removed a price of their own",
    "budget_added": "Added a disruption budget",
    "budget_removed": "Removed a disruption budget",
    "operation_started": "Started an operation",
    "operation_cancelled": "Cancelled an operation",
    "operation_retried": "Tried an operation again",
    "operation_ended": "Ended an operation",
}


def words_of(what: str) -> str:
    """The kind in words; of one without words, what its code says."""
    return WORDS.get(what) or what.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of what was changed; a side is empty where it was not there."""

    field: str
    before: str
    after: str


def differences(before: Mapping[str, object] | None, after: Mapping[str, object] | None) -> list[Difference]:
    """A row's before and after side by side, field by field."""
    was, became = before or {}, after or {}
    return [
        Difference(field.replace("_", " "), _text(was, field), _text(became, field))
        for field in {**was, **became}
    ]


def _text(values: Mapping[str, object], field: str) -> str:
    match values.get(field):
        case _ if field not in values:
            return ""
        case None | "" | []:
            return "none"
        case bool(value):
            return "yes" if value else "no"
        case list(items) if all(isinstance(item, str) for item in items):
            return ", ".join(items)
        case dict() | list() as value:
            return json.dumps(value, ensure_ascii=False)
        case value:
            return str(value)
