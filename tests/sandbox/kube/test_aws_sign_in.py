"""Signing in to a cluster with AWS: a signed question to STS, and an access entry."""

import base64
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import botocore.auth
import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from kubernetes.client import ApiClient, ApiException, CoreV1Api, RbacAuthorizationV1Api

from deploy.sandbox.kube import aws_tokens
from tests.sandbox.kube.clients import client_of
from tests.world.servers import AwsEmulator, KubeStandIn

REGION = "us-east-1"
GROUP = "platform"
READ_NODES = {"apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]}


class SignedIn:
    """An account, its cluster, and the role that signs in to it."""

    def __init__(self, aws: AwsEmulator, kube: KubeStandIn) -> None:
        self.aws = aws
        self.name = f"eks-{secrets.token_hex(4)}"
        self.account_id = str(secrets.randbelow(9 * 10**11) + 10**11)
        self.made = kube.order("clusters", name=self.name)
        aws.order(
            "eks-cluster",
            account_id=self.account_id,
            region=REGION,
            name=self.name,
            endpoint=self.made["server"],
            ca=self.made["ca"],
        )

    def credentials(self, role: str = "AtharvaAccess", session: str = "atharva") -> Credentials:
        sts = self._aws("sts", Credentials("AKIAEXAMPLE", "secret"))
        given = sts.assume_role(RoleArn=self.arn(role), RoleSessionName=session)["Credentials"]
        return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    def arn(self, role: str) -> str:
        return f"arn:aws:iam::{self.account_id}:role/{role}"

    def _aws(self, service: str, keys: Credentials) -> Any:
        # By a variable name boto3's stubs cannot know which client comes back.
        make: Any = boto3.client
        return make(
            service,
            endpoint_url=self.aws.url,
            region_name=REGION,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
            aws_session_token=keys.token,
        )

    def let_in(self, role: str = "AtharvaAccess") -> None:
        """What the cluster's owner does: an access entry, and rights for its group."""
        eks = self._aws("eks", self.credentials("Administrator"))
        eks.create_access_entry(clusterName=self.name, principalArn=self.arn(role), kubernetesGroups=[GROUP])
        rbac = RbacAuthorizationV1Api(self.client(self.made["admin_token"]))
        rbac.create_cluster_role({"metadata": {"name": "reader"}, "rules": [READ_NODES]})
        rbac.create_cluster_role_binding(
            {
                "metadata": {"name": "reader"},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "reader"},
                "subjects": [{"kind": "Group", "name": GROUP, "apiGroup": "rbac.authorization.k8s.io"}],
            }
        )

    def client(self, token: str) -> ApiClient:
        return client_of(self.made, token)


def token_of(
    signer: Credentials,
    url: str,
    cluster: str,
    *,
    action: str = "GetCallerIdentity",
    header: str = aws_tokens.CLUSTER_HEADER,
    expires: int = 60,
) -> str:
    """A token as `aws eks get-token` makes it."""
    question = f"{url}/?Action={action}&Version=2011-06-15"
    request = AWSRequest(method="GET", url=question, headers={header: cluster})
    SigV4QueryAuth(signer, "sts", REGION, expires=expires).add_auth(request)
    return wrapped(str(request.url))


def wrapped(url: str) -> str:
    return aws_tokens.PREFIX + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def unwrapped(token: str) -> str:
    text = token.removeprefix(aws_tokens.PREFIX)
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


@pytest.fixture
def signed(aws_emulator: AwsEmulator, kube_stand_in: KubeStandIn) -> SignedIn:
    return SignedIn(aws_emulator, kube_stand_in)


def status_of(signed: SignedIn, token: str) -> int:
    """200, or how the API refuses to list nodes."""
    try:
        CoreV1Api(signed.client(token)).list_node()
    except ApiException as refused:
        return int(refused.status)
    return 200


def test_a_role_with_an_access_entry_has_the_rights_of_its_group(signed):
    signed.let_in()
    token = token_of(signed.credentials(), signed.aws.url, signed.name)
    core = CoreV1Api(signed.client(token))
    assert core.list_node().items == []
    with pytest.raises(
        ApiException, match=r"assumed-role/AtharvaAccess/atharva\\\\?\" cannot list"
    ) as caught:
        core.list_namespace()
    assert caught.value.status == 403


def test_a_role_without_an_access_entry_is_nobody(signed):
    signed.let_in()
    assert status_of(signed, token_of(signed.credentials("Other"), signed.aws.url, signed.name)) == 401


def test_an_entry_counts_as_soon_as_it_is_made(signed):
    token = token_of(signed.credentials(), signed.aws.url, signed.name)
    assert status_of(signed, token) == 401
    signed.let_in()
    assert status_of(signed, token) == 200


def test_who_made_the_cluster_is_its_master(signed):
    assert (
        status_of(signed, token_of(signed.credentials("Administrator"), signed.aws.url, signed.name)) == 200
    )


@pytest.mark.parametrize(
    "change",
    [
        {"cluster": "other"},
        {"header": "x-other-header"},
        {"action": "GetSessionToken"},
        {"expires": 901},
        {"url": "http://sts.us-east-1.amazonaws.com"},
        {"url": "http://127.0.0.1:1"},
    ],
)
def test_a_question_that_is_not_this_one_is_refused(signed, change):
    signed.let_in()
    given = {"url": signed.aws.url, "cluster": signed.name, **change}
    assert status_of(signed, token_of(signed.credentials(), **given)) == 401


@pytest.mark.parametrize(
    "forge",
    [
        lambda url: url.replace("X-Amz-Signature=", "X-Amz-Signature=0"),
        lambda url: url.replace("Version=2011-06-15", "Version=2011-06-16"),
        lambda url: url + "&Extra=1",
        lambda url: url + "&Action=GetCallerIdentity",
        lambda url: url.replace("X-Amz-Date=", "X-Amz-Date=9"),
        lambda url: url.replace("/?", "/other?"),
    ],
)
def test_a_changed_question_is_refused(signed, forge):
    signed.let_in()
    token = token_of(signed.credentials(), signed.aws.url, signed.name)
    assert status_of(signed, wrapped(forge(unwrapped(token)))) == 401


def test_a_key_that_no_role_was_assumed_with_is_refused(signed):
    signed.let_in()
    stranger = Credentials("AKIAEXAMPLE", "secret", "token")
    assert status_of(signed, token_of(stranger, signed.aws.url, signed.name)) == 401


@pytest.mark.parametrize("token", ["k8s-aws-v1.", "k8s-aws-v1.***", "k8s-aws-v1." + "a" * 5000, "other"])
def test_what_is_no_token_is_refused(signed, token):
    assert status_of(signed, token) == 401


def test_a_question_signed_more_than_fifteen_minutes_ago_is_refused(signed, monkeypatch):
    signed.let_in()
    real = botocore.auth.get_current_datetime
    late = timedelta(minutes=16)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda **more: real(**more) - late)
    assert status_of(signed, token_of(signed.credentials(), signed.aws.url, signed.name)) == 401


def test_without_a_cloud_nobody_signs_in_with_it(signed, tmp_path: Path):
    alone = KubeStandIn("--state-dir", str(tmp_path))
    try:
        lonely = SignedIn(signed.aws, alone)
        token = token_of(lonely.credentials("Administrator"), signed.aws.url, lonely.name)
        assert status_of(lonely, token) == 401
    finally:
        alone.stop()
