"""The role that the platform assumes in an account, made as the account's owner makes it."""

import contextlib
import json
from collections.abc import Mapping

from deploy.sandbox.seed.cloud import Cloud

OWNER = "Administrator"
POLICY = "AtharvaAccess"
Document = Mapping[str, object]


def ensure_role(cloud: Cloud, *, trust: Document, policy: Document) -> str:
    """The ARN of the account's role; where it exists it gets these documents."""
    iam, name = cloud.client("iam"), cloud.account.role_name
    try:
        arn = str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"])
    except iam.exceptions.EntityAlreadyExistsException:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
        arn = cloud.account.role_arn
    iam.put_role_policy(RoleName=name, PolicyName=POLICY, PolicyDocument=json.dumps(policy))
    return arn


def ensure_owner(cloud: Cloud) -> None:
    """The role of the account's own people: from then on nobody enters by a role that is not there."""
    iam = cloud.client("iam")
    trust = trust_in(f"arn:aws:iam::{cloud.account.account_id}:root", "")
    with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=OWNER, AssumeRolePolicyDocument=json.dumps(trust))


def delete_role(cloud: Cloud) -> None:
    """Take the role away. Raises botocore's NoSuchEntityException where there is none."""
    iam, name = cloud.client("iam"), cloud.account.role_name
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=attached["PolicyArn"])
    iam.delete_role(RoleName=name)


def trust_in(principal: str, external_id: str) -> Document:
    """The trust that lets `principal` in, with the external id where there is one, and nobody else."""
    statement: dict[str, object] = {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": "sts:AssumeRole",
    }
    if external_id:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    return {"Version": "2012-10-17", "Statement": [statement]}
