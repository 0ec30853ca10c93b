"""A service account signs in with the token of its secret, and RBAC decides what it may do."""

import base64
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from kubernetes.client import ApiClient, ApiException, AuthorizationV1Api, CoreV1Api, RbacAuthorizationV1Api

from tests.sandbox.kube.clients import client_of
from tests.world.servers import KubeStandIn
from tests.world.tenant import eventually

NAMESPACE, NAME, SECRET_NAME = "kube-system", "atharva", "atharva-token"
RBAC = "rbac.authorization.k8s.io"
SECRET = {
    "metadata": {
        "name": SECRET_NAME,
        "annotations": {"kubernetes.io/service-account.name": NAME},
    },
    "type": "kubernetes.io/service-account-token",
}
RULES = [
    {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "list", "watch"]},
    {"apiGroups": [""], "resources": ["pods/eviction"], "verbs": ["create"]},
    {"nonResourceURLs": ["/metrics", "/logs/*"], "verbs": ["get"]},
]


class Cluster:
    """A fresh cluster of the stand-in, as its administrator sees it."""

    def __init__(self, kube: KubeStandIn) -> None:
        self.made = kube.order("clusters", name=f"sa-{secrets.token_hex(4)}")
        self.api = self.client(self.made["admin_token"])
        self.core = CoreV1Api(self.api)

    def client(self, token: str) -> ApiClient:
        return client_of(self.made, token)

    def token(self) -> dict[str, str]:
        """What the secret holds once it is filled."""

        def filled() -> dict[str, str] | None:
            data = self.core.read_namespaced_secret(SECRET_NAME, NAMESPACE).data
            return data if data and "token" in data else None

        data = eventually("the token is there", filled)
        return {name: base64.b64decode(text).decode() for name, text in data.items()}

    def bind(self) -> None:
        rbac = RbacAuthorizationV1Api(self.api)
        rbac.create_cluster_role({"metadata": {"name": NAME}, "rules": RULES})
        rbac.create_cluster_role_binding(
            {
                "metadata": {"name": NAME},
                "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": NAME},
                "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}],
            }
        )


@pytest.fixture
def cluster(kube_stand_in: KubeStandIn) -> Cluster:
    return Cluster(kube_stand_in)


@pytest.fixture
def account(cluster: Cluster) -> Cluster:
    """A cluster whose service account has a secret."""
    cluster.core.create_namespaced_service_account(NAMESPACE, {"metadata": {"name": NAME}})
    cluster.core.create_namespaced_secret(NAMESPACE, SECRET)
    return cluster


def refusal(call: Callable[..., Any], *arguments: Any) -> tuple[int, str]:
    with pytest.raises(ApiException) as caught:
        call(*arguments)
    return int(caught.value.status), str(caught.value.body)


def allowed(client: ApiClient, **spec: Any) -> bool:
    review = AuthorizationV1Api(client).create_self_subject_access_review({"spec": spec})
    return bool(review.status.allowed)


def test_a_secret_is_filled_with_token_authority_and_namespace(account):
    filled = account.token()
    assert filled["ca.crt"] == account.made["ca"]
    assert filled["namespace"] == NAMESPACE


def test_the_token_is_the_service_account(account):
    core = CoreV1Api(account.client(account.token()["token"]))
    status, body = refusal(core.list_node)
    assert status == 403
    assert f"system:serviceaccount:{NAMESPACE}:{NAME}" in body


def test_rbac_decides_what_it_may_do(account):
    account.bind()
    core = CoreV1Api(account.client(account.token()["token"]))
    assert core.list_node().items == []
    assert refusal(core.list_namespace)[0] == 403


def test_a_review_tells_what_rbac_decides(account):
    account.bind()
    client = account.client(account.token()["token"])
    eviction = {"verb": "create", "resource": "pods", "subresource": "eviction"}
    assert allowed(client, resourceAttributes=eviction)
    assert not allowed(client, resourceAttributes={"verb": "create", "resource": "pods"})
    assert not allowed(client, resourceAttributes={**eviction, "group": "apps"})


@pytest.mark.parametrize(
    ("verb", "path", "expected"),
    [
        ("get", "/metrics", True),
        ("get", "/logs/today", True),
        ("get", "/version", True),
        ("post", "/metrics", False),
        ("get", "/debug", False),
    ],
)
def test_a_review_tells_which_addresses_are_open(account, verb, path, expected):
    account.bind()
    client = account.client(account.token()["token"])
    assert allowed(client, nonResourceAttributes={"verb": verb, "path": path}) is expected


def test_a_secret_may_be_made_before_its_account(cluster):
    cluster.core.create_namespaced_secret(NAMESPACE, SECRET)
    cluster.core.create_namespaced_service_account(NAMESPACE, {"metadata": {"name": NAME}})
    assert cluster.token()["token"]


def test_the_token_ends_with_its_secret(account):
    core = CoreV1Api(account.client(account.token()["token"]))
    account.core.delete_namespaced_secret(SECRET_NAME, NAMESPACE)
    assert refusal(core.list_node)[0] == 401


def test_secret_and_token_end_with_the_account(account):
    core = CoreV1Api(account.client(account.token()["token"]))
    account.core.delete_namespaced_service_account(NAME, NAMESPACE)
    eventually("the token ends", lambda: refusal(core.list_node)[0] == 401)
    assert refusal(account.core.read_namespaced_secret, SECRET_NAME, NAMESPACE)[0] == 404


def test_a_token_secret_must_name_its_account(cluster):
    body = {"metadata": {"name": "x"}, "type": SECRET["type"]}
    status, said = refusal(cluster.core.create_namespaced_secret, NAMESPACE, body)
    assert status == 422
    assert "metadata.annotations[kubernetes.io/service-account.name]: Required value" in said


def test_text_of_a_secret_is_kept_as_base64(cluster):
    made = cluster.core.create_namespaced_secret(
        NAMESPACE, {"metadata": {"name": "x"}, "stringData": {"a": "text"}}
    )
    assert (made.type, made.data, made.string_data) == ("Opaque", {"a": "dGV4dA=="}, None)
