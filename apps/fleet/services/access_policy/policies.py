"""The role's two documents: what it may do, and who may become it."""

from collections.abc import Collection, Iterable

from apps.fleet.cloud.aws.permissions import PERMISSIONS, QUEUE_ARN, Grant, Permission

from .terms import QUEUE_NAME

Document = dict[str, object]
VERSION = "2012-10-17"
ANY_QUEUE = f"arn:aws:sqs:*:*:{QUEUE_NAME}"


def permission_policy(queue_arn: str = ANY_QUEUE) -> Document:
    """Exactly what the platform calls, a statement for each kind of target, in a stable order."""
    return {"Version": VERSION, "Statement": statements(PERMISSIONS, queue_arn)}


def missing_statements(actions: Collection[str], queue_arn: str = ANY_QUEUE) -> list[Document]:
    """The statements that allow `actions` and nothing beside them."""
    return statements((one for one in PERMISSIONS if one.action in actions), queue_arn)


def statements(permissions: Iterable[Permission], queue_arn: str) -> list[Document]:
    """One statement a grant, in the order of the table; its actions by name."""
    granted: dict[str, tuple[Grant, set[str]]] = {}
    for permission in permissions:
        for grant in permission.grants:
            granted.setdefault(grant.sid, (grant, set()))[1].add(permission.action)
    return [_statement(grant, sorted(actions), queue_arn) for grant, actions in granted.values()]


def trust_policy(principal: str, external_id: str) -> Document:
    """Only the platform may assume the role, and only with the id that it keeps for this one account."""
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Sid": "AtharvaWithThisAccountsId",
                "Effect": "Allow",
                "Principal": {"AWS": principal},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
            }
        ],
    }


def _statement(grant: Grant, actions: list[str], queue_arn: str) -> Document:
    resources = [queue_arn if name == QUEUE_ARN else name for name in grant.resources]
    statement: Document = {
        "Sid": grant.sid,
        "Effect": "Allow",
        "Action": actions,
        "Resource": resources if len(resources) > 1 else resources[0],
    }
    if grant.condition:
        statement["Condition"] = {test: dict(keys) for test, keys in grant.condition.items()}
    return statement
