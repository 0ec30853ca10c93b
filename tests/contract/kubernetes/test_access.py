"""Who may do what, and how the server says no."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.kubernetes.api import Api, Obj, answered, eventually
from tests.contract.kubernetes.workspace import Workspace

RBAC = "/apis/rbac.authorization.k8s.io/v1"
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


@pytest.fixture
def reader(space: Workspace) -> Iterator[Api]:
    """A service account that may read pods, and nothing else."""
    accounts = f"/api/v1/namespaces/{space.name}/serviceaccounts"
    space.api.make(accounts, {"metadata": {"name": "reader"}})
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}]
    space.api.make(f"{RBAC}/clusterroles", {"metadata": {"name": space.name}, "rules": rules})
    subject = {"kind": "ServiceAccount", "namespace": space.name, "name": "reader"}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": space.name}
    binding = {"metadata": {"name": space.name}, "subjects": [subject], "roleRef": role}
    space.api.make(f"{RBAC}/clusterrolebindings", binding)
    token = space.api.make(f"{accounts}/reader/token", {"spec": {"expirationSeconds": 3600}})["status"][
        "token"
    ]
    api = space.api.with_token(token)
    eventually(lambda: api.get("/api/v1/pods").status_code == 200)
    yield api
    for kind in ("clusterrolebindings", "clusterroles"):
        space.api.delete(f"{RBAC}/{kind}/{space.name}")


def test_a_bad_token_is_unauthorized(api: Api) -> None:
    status = answered(api.with_token("nonsense").get("/api/v1/pods"), 401)

    assert (status["reason"], status["message"]) == ("Unauthorized", "Unauthorized")


def test_nobody_is_forbidden_not_unauthorized(api: Api) -> None:
    status = answered(api.with_token(None).get("/api/v1/pods"), 403)

    assert status["reason"] == "Forbidden"
    assert 'User "system:anonymous" cannot list resource "pods"' in status["message"]


def test_anybody_may_ask_for_health_and_version(api: Api) -> None:
    nobody = api.with_token(None)

    assert nobody.get("/readyz").text == "ok"
    assert nobody.read("/version")["major"] == "1"


def test_what_no_rule_allows_is_forbidden(reader: Api, space: Workspace) -> None:
    status = answered(reader.delete(f"{space.pods}/one"), 403)

    assert status["reason"] == "Forbidden"
    assert status["details"] == {"name": "one", "kind": "pods"}
    assert (
        f'cannot delete resource "pods" in API group "" in the namespace "{space.name}"' in status["message"]
    )


@pytest.mark.parametrize(
    ("attributes", "allowed"),
    [
        ({"verb": "list", "resource": "pods"}, True),
        ({"verb": "delete", "resource": "pods"}, False),
        ({"verb": "create", "resource": "pods", "subresource": "eviction"}, False),
        ({"verb": "list", "resource": "nodes"}, False),
        ({"verb": "list", "group": "apps", "resource": "pods"}, False),
    ],
)
def test_an_access_review_tells_the_truth(reader: Api, attributes: Obj, allowed: bool) -> None:
    review = reader.make(REVIEWS, {"spec": {"resourceAttributes": attributes}})

    assert review["kind"] == "SelfSubjectAccessReview"
    assert review["status"]["allowed"] is allowed


@pytest.mark.parametrize(
    "path", ["/nowhere", "/api/v1/nowhere", "/apis/nowhere.example/v1/things", "/api/v2/pods"]
)
def test_an_unknown_path_is_not_found_in_plain_text(api: Api, path: str) -> None:
    response = api.get(path)

    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/plain")
    assert response.text.strip() == "404 page not found"


@pytest.mark.parametrize(("method", "part"), [("POST", "/one"), ("PUT", ""), ("DELETE", "/one/status")])
def test_a_wrong_verb_is_not_allowed(space: Workspace, method: str, part: str) -> None:
    status = answered(space.api.request(method, space.pods + part, {}), 405)

    assert status["reason"] == "MethodNotAllowed"


def test_an_object_that_is_not_there_is_named(space: Workspace) -> None:
    status = answered(space.api.get(f"{space.deployments}/nothing"), 404)

    assert status["message"] == 'deployments.apps "nothing" not found'
    assert status["details"] == {"name": "nothing", "group": "apps", "kind": "deployments"}


def test_a_namespace_that_is_not_there_takes_nothing(api: Api) -> None:
    status = answered(api.post("/api/v1/namespaces/none-such/configmaps", {"metadata": {"name": "x"}}), 404)

    assert status["message"] == 'namespaces "none-such" not found'


@pytest.mark.parametrize(
    ("path", "resources"),
    [
        (
            "/api/v1",
            {"nodes", "nodes/status", "pods", "pods/status", "pods/eviction", "pods/binding", "events"},
        ),
        ("/apis/apps/v1", {"deployments", "deployments/scale", "replicasets", "statefulsets", "daemonsets"}),
        ("/apis/policy/v1", {"poddisruptionbudgets", "poddisruptionbudgets/status"}),
        ("/apis/coordination.k8s.io/v1", {"leases"}),
        ("/apis/storage.k8s.io/v1", {"volumeattachments"}),
    ],
)
def test_discovery_names_what_is_served(api: Api, path: str, resources: set[str]) -> None:
    found = api.read(path)

    assert found["kind"] == "APIResourceList"
    assert resources <= {resource["name"] for resource in found["resources"]}
