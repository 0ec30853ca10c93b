"""Clusters of the Kubernetes stand-in, each with its control interface."""

import json
import ssl
import urllib.error
import urllib.request
from typing import Any
from uuid import uuid4

from tests.world.servers import KubeStandIn

UNVERIFIED = ssl.create_default_context()
UNVERIFIED.check_hostname = False
UNVERIFIED.verify_mode = ssl.CERT_NONE


class StandIn:
    """The session's stand-in; clusters are made in it per test."""

    def __init__(self, server: KubeStandIn) -> None:
        self.address = server.url

    def cluster(self, **options: Any) -> "TestCluster":
        name = f"test-{uuid4().hex[:8]}"
        return TestCluster(self, self.control("POST", "/clusters", {"name": name, **options}))

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return send(f"{self.address}/_sandbox{path}", method, body)


class TestCluster:
    """One cluster of the stand-in."""

    __test__ = False

    def __init__(self, standin: StandIn, made: dict[str, Any]) -> None:
        self._standin = standin
        self.name: str = made["name"]
        self.server: str = made["server"]
        self.kubeconfig: str = made["kubeconfig"]
        self.token: str = made["token"]
        self._admin_token: str = made["admin_token"]

    def node(self, **options: Any) -> str:
        """The name of a new node."""
        made = self.control("POST", "/nodes", options)
        return str(made["metadata"]["name"])

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._standin.control(method, f"/clusters/{self.name}{path}", body)

    def api(
        self, method: str, path: str, body: Any = None, content_type: str = "application/json"
    ) -> dict[str, Any]:
        """A call to the cluster's own API as its administrator."""
        headers = {"Authorization": f"Bearer {self._admin_token}", "Content-Type": content_type}
        answer: dict[str, Any] = send(self.server + path, method, body, headers)
        return answer

    def patch(self, path: str, change: dict[str, Any]) -> dict[str, Any]:
        return self.api("PATCH", path, change, "application/merge-patch+json")

    def calls(self) -> dict[str, int]:
        counted: dict[str, int] = self.control("GET", "/calls")["calls"]
        return counted


def send(url: str, method: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
    """The decoded answer. Raises urllib.error.HTTPError with the server's words."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10, context=UNVERIFIED) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        error.msg = f"{error.msg}: {error.read().decode()}"
        raise
