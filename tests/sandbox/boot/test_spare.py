"""The account that nobody has connected yet: its owner makes the role and lets it into the cluster."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.exceptions import ClientError
from kubernetes.client import ApiException, CoreV1Api
from kubernetes.config import new_client_from_config_dict

from deploy.sandbox.process.state import StateDir, write_json
from deploy.sandbox.seed import access, clusters, network, spare
from deploy.sandbox.seed.cloud import Cloud
from deploy.sandbox.seed.world import standard
from tests.world.servers import AwsEmulator, KubeStandIn

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "eks:ListClusters", "Resource": "*"}],
}
KEYS = ("access_key_id", "secret_access_key", "session_token")
ROLE = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRole",
    "metadata": {"name": "watch"},
    "rules": [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]}],
}


def binding(subject: dict[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "watch"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "watch"},
        "subjects": [subject],
    }


@pytest.fixture(scope="module")
def state(
    aws_emulator: AwsEmulator, kube_stand_in: KubeStandIn, tmp_path_factory: pytest.TempPathFactory
) -> StateDir:
    """A seeded sandbox's state, as far as its spare account goes; its cluster has no nodes."""
    account = standard().spare
    assert account is not None
    found = StateDir(tmp_path_factory.mktemp("sandbox"))
    found.make()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "platform")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "platform")
        cloud = Cloud(account, aws_emulator.url)
        assert cloud.session
    access.ensure_owner(cloud)
    place = network.ensure_network(cloud, account.clusters)
    for cluster in account.clusters:
        clusters.ensure_cluster(
            kube_stand_in.url, cloud, place, cluster.name, cluster.name, found.kubeconfigs
        )
    described = spare.described(found, cloud, POLICY)
    write_json(found.credentials, {"aws_endpoint_url": aws_emulator.url, "spare": described})
    return found


@pytest.fixture
def known(state: StateDir) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(state.credentials.read_text())
    return found["spare"] | {"url": found["aws_endpoint_url"]}


def client(known: dict[str, Any], service: str, key: str, secret: str, token: str | None = None) -> Any:
    # By a variable name boto3's stubs cannot know which client comes back.
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=known["url"],
        region_name=known["region"],
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
    )


def enter(known: dict[str, Any], external_id: str) -> Any:
    """EKS as the platform's role sees it."""
    arn = f"arn:aws:iam::{known['account_id']}:role/{known['role_name']}"
    sts = client(known, "sts", "AKIAEXAMPLE", "secret")
    given = sts.assume_role(RoleArn=arn, RoleSessionName="test", ExternalId=external_id)["Credentials"]
    return client(known, "eks", given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def test_nobody_enters_before_there_is_a_role(known):
    with pytest.raises(ClientError, match="AccessDenied"):
        enter(known, "id-1")


def test_the_credentials_are_the_owners(known):
    eks = client(known, "eks", *(known["aws"][part] for part in KEYS))
    assert eks.list_clusters()["clusters"] == [known["cluster"]]


def test_the_role_is_made_and_taken_away(state, known, capsys):
    spare.make_role(state, "id-1", None, None)
    printed = json.loads(capsys.readouterr().out)
    assert printed["role_arn"].endswith(":role/AtharvaAccess")
    assert printed["queue_url"].endswith("/atharva-events")
    assert enter(known, "id-1").list_clusters()["clusters"] == [known["cluster"]]
    with pytest.raises(ClientError, match="AccessDenied"):
        enter(known, "id-2")
    spare.delete_role(state)
    with pytest.raises(ClientError, match="AccessDenied"):
        enter(known, "id-1")


def test_a_role_is_made_again_with_other_documents(state, known):
    spare.make_role(state, "id-1", None, None)
    spare.make_role(
        state,
        "id-2",
        None,
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "eks:DescribeCluster", "Resource": "*"}],
        },
    )
    with pytest.raises(ClientError, match="AccessDeniedException"):
        enter(known, "id-2").list_clusters()
    spare.delete_role(state)


def test_a_manifest_for_a_group_becomes_an_access_entry(state, known, aws_emulator):
    manifest = yaml.safe_dump_all([ROLE, binding({"kind": "Group", "name": "platform"})])
    for _ in range(2):
        spare.give_access(state, manifest)
    arn = f"arn:aws:iam::{known['account_id']}:role/{known['role_name']}"
    found = aws_emulator.ask(f"eks-identity?cluster={known['cluster']}&principal_arn={arn}")["identity"]
    assert found["groups"] == ["platform"]


def test_a_manifest_for_a_service_account_becomes_a_kubeconfig(state, capsys):
    account = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "platform", "namespace": "default"},
    }
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": spare.TOKEN_SECRET,
        "metadata": {
            "name": "platform-token",
            "namespace": "default",
            "annotations": {"kubernetes.io/service-account.name": "platform"},
        },
    }
    subject = {"kind": "ServiceAccount", "name": "platform", "namespace": "default"}
    spare.give_access(state, yaml.safe_dump_all([account, secret, ROLE, binding(subject)]))
    core = CoreV1Api(new_client_from_config_dict(yaml.safe_load(capsys.readouterr().out)))
    assert core.list_node().items == []
    with pytest.raises(ApiException, match="Forbidden"):
        core.list_namespace()


def test_a_sandbox_without_a_spare_account_says_so(tmp_path: Path):
    with pytest.raises(spare.StepFailed, match="has no spare account"):
        spare.delete_role(StateDir(tmp_path))
