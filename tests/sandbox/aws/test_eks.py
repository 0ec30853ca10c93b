"""EKS clusters have the address of a real API, and say who a role is in them."""

import base64
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.aws.conftest import Account, Sandbox

CA = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n"


@pytest.fixture
def eks(sandbox: Sandbox, account: Account) -> Any:
    """EKS in an account that has the cluster `shop`."""
    sandbox.post(
        "eks-cluster",
        account_id=account.id,
        region="us-east-1",
        name="shop",
        endpoint="https://127.0.0.1:1/clusters/shop",
        ca=CA,
    )
    return account.client("eks")


@pytest.fixture
def role(account: Account) -> str:
    return f"arn:aws:iam::{account.id}:role/AtharvaAccess"


def who(sandbox: Sandbox, arn: str) -> Any:
    return sandbox.get(f"eks-identity?cluster=shop&principal_arn={arn}")["identity"]


def test_an_attached_cluster_is_found_with_its_address_and_authority(eks):
    assert eks.list_clusters()["clusters"] == ["shop"]
    found = eks.describe_cluster(name="shop")["cluster"]
    assert (found["status"], found["endpoint"]) == ("ACTIVE", "https://127.0.0.1:1/clusters/shop")
    assert base64.b64decode(found["certificateAuthority"]["data"]).decode() == CA


def test_clusters_are_of_one_account_and_region(eks, account, other_account):
    assert other_account.client("eks").list_clusters()["clusters"] == []
    assert account.client("eks", "eu-west-1").list_clusters()["clusters"] == []


def test_an_access_entry_says_who_a_role_is(sandbox, eks, account, role):
    assert who(sandbox, role) is None
    made = eks.create_access_entry(clusterName="shop", principalArn=role, kubernetesGroups=["atharva"])
    assert made["accessEntry"]["kubernetesGroups"] == ["atharva"]
    assert who(sandbox, role) == {
        "username": f"arn:aws:sts::{account.id}:assumed-role/AtharvaAccess/{{{{SessionName}}}}",
        "groups": ["atharva"],
    }


def test_access_entries_are_listed_changed_and_deleted(sandbox, eks, account, role):
    eks.create_access_entry(clusterName="shop", principalArn=role, username="platform")
    owner = f"arn:aws:iam::{account.id}:role/Administrator"
    assert set(eks.list_access_entries(clusterName="shop")["accessEntries"]) == {owner, role}
    eks.update_access_entry(clusterName="shop", principalArn=role, kubernetesGroups=["readers"])
    found = eks.describe_access_entry(clusterName="shop", principalArn=role)["accessEntry"]
    assert (found["username"], found["kubernetesGroups"]) == ("platform", ["readers"])
    eks.delete_access_entry(clusterName="shop", principalArn=role)
    assert who(sandbox, role) is None


def test_the_owner_of_a_cluster_is_its_master(sandbox, eks, account):
    found = who(sandbox, f"arn:aws:iam::{account.id}:role/Administrator")
    assert found["groups"] == ["system:masters"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kubernetesGroups": ["system:masters"]}, "InvalidParameterException"),
        ({"clusterName": "other"}, "ResourceNotFoundException"),
    ],
)
def test_an_entry_that_eks_would_not_take_is_refused(eks, role, change, code):
    with pytest.raises(ClientError, match=code):
        eks.create_access_entry(**{"clusterName": "shop", "principalArn": role, **change})


def test_a_second_entry_of_a_role_is_refused(eks, role):
    eks.create_access_entry(clusterName="shop", principalArn=role)
    with pytest.raises(ClientError, match="ResourceInUseException"):
        eks.create_access_entry(clusterName="shop", principalArn=role)
