"""Access to an EKS cluster: found in the account, reached with tokens that AWS signs, no kubeconfig."""

import base64
import urllib.request
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from apps.fleet.errors import AccessDenied, ClusterUnauthorized, EksClusterMissing
from apps.fleet.kube.api import kube_by_token
from apps.fleet.kube.kubeconfig import Access, read_access
from apps.fleet.kube.session import Sessions
from apps.fleet.kube.tokens import RenewedToken
from tests.fleet.cloud.aws_account import REGION, Account, new_account
from tests.world.servers import AwsEmulator

from .standin import TestCluster

PREFIX = "k8s-aws-v1."


@pytest.fixture
def account(aws_emulator: AwsEmulator, cloud_settings: None) -> Account:
    return new_account(aws_emulator)


def make(account: Account, *names: str) -> None:
    for name in names:
        account.owner("eks").create_cluster(
            name=name,
            version="1.34",
            roleArn=f"arn:aws:iam::{account.id}:role/cluster",
            resourcesVpcConfig={"subnetIds": sorted(account.subnets.values())[:2]},
        )


def address_in(token: str) -> str:
    text = token.removeprefix(PREFIX)
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


def test_the_clusters_of_a_region_are_found_page_by_page(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.fleet.cloud.aws.eks.PAGE", 1)
    make(account, "prod", "test", "tools")
    found = list(account.cloud.eks_clusters())
    assert sorted(cluster.name for cluster in found) == ["prod", "test", "tools"]
    assert all(cluster.version and cluster.endpoint.startswith("https://") for cluster in found)


def test_a_cluster_that_is_not_there_is_missing(account: Account) -> None:
    with pytest.raises(EksClusterMissing, match=f"{account.id} has no EKS cluster prod in {REGION}"):
        account.cloud.eks_cluster("prod")


def test_the_token_is_a_question_signed_for_this_cluster_alone_that_names_our_role(account: Account) -> None:
    token = account.cloud.cluster_token("prod")
    address = address_in(token)
    query = parse_qs(urlsplit(address).query)
    assert token.startswith(PREFIX) and "=" not in token
    assert query["Action"] == ["GetCallerIdentity"]
    assert query["X-Amz-Expires"] == ["60"]
    assert query["X-Amz-SignedHeaders"] == ["host;x-k8s-aws-id"]
    assert query["X-Amz-Credential"][0].endswith(f"/{REGION}/sts/aws4_request")
    assert query["X-Amz-Security-Token"]
    asked = urllib.request.Request(address, headers={"x-k8s-aws-id": "prod"})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        assert f"arn:aws:sts::{account.id}:assumed-role/atharva/" in answer.read().decode()


def test_a_token_is_made_anew_once_it_has_lasted() -> None:
    now, made = [0.0], iter(["first", "second"])
    token = RenewedToken(lambda: next(made), lasts=timedelta(minutes=10), clock=lambda: now[0])
    assert [token(), token()] == ["first", "first"]
    now[0] = 599.0
    assert token() == "first"
    now[0] = 600.0
    assert token() == "second"


def test_each_request_carries_the_token_in_force(cluster: TestCluster) -> None:
    access = read_access(cluster.kubeconfig, cluster=cluster.name)
    tokens = iter([cluster.token, "ended"])
    kube = kube_by_token(
        name="prod", server=access.server, ca_pem=access.ca_pem, source=lambda: next(tokens), identity=("a",)
    )
    kube.nodes()
    with pytest.raises(ClusterUnauthorized):
        kube.nodes()


def test_where_no_token_is_given_the_cloud_s_own_reason_is_told(cluster: TestCluster) -> None:
    def refused() -> str:
        raise AccessDenied(account="123456789012", call="sts.assume_role")

    access = read_access(cluster.kubeconfig, cluster=cluster.name)
    kube = kube_by_token(
        name="prod", server=access.server, ca_pem=access.ca_pem, source=refused, identity=("b",)
    )
    with pytest.raises(AccessDenied, match="123456789012 does not allow sts.assume_role"):
        kube.nodes()


def test_whoever_differs_in_anything_has_a_session_of_their_own() -> None:
    sessions = Sessions()

    def of(*identity: str) -> object:
        return sessions.shared(identity, lambda: Access(server="http://127.0.0.1:1"), cluster="prod")

    assert of("a", "b") is of("a", "b")
    assert len({id(of(*identity)) for identity in [("a", "b"), ("ab",), ("a", "", "b"), ("b", "a")]}) == 4
