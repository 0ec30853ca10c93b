"""A crowd of pods that no node takes, made from a process of its own: `python -m tests.bench.crowd`.

Reads {kubeconfig, pods, seconds} as JSON from stdin. Writes, once every pod has been refused, one line of
JSON: of each pod, by name, when it was sent and when a bare reader of the API's watch had the scheduler's
refusal, both in seconds since the epoch.
"""

import json
import ssl
import sys
import threading
import time
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import yaml

CONNECTIONS = 4
NAMESPACE = "default"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"


class Api:
    """The cluster of a kubeconfig, a connection a thread."""

    def __init__(self, kubeconfig: str) -> None:
        config = yaml.safe_load(kubeconfig)
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self._place = urlsplit(cluster["server"])
        authority = b64decode(cluster["certificate-authority-data"]).decode()
        self._tls = ssl.create_default_context(cadata=authority)
        self._headers = {"Authorization": f"Bearer {user['token']}", "Content-Type": "application/json"}
        self._own = threading.local()

    def ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        """The response, its body still to be read."""
        if not hasattr(self._own, "connection"):
            self._own.connection = HTTPSConnection(
                self._place.hostname or "", self._place.port, context=self._tls
            )
        self._own.connection.request(method, self._place.path + path, body, self._headers)
        return self._own.connection.getresponse()


class Refusals(threading.Thread):
    """Reads the watch and notes when the refusal of each pod came by; nothing else is decoded."""

    def __init__(self, api: Api, version: str, expected: int) -> None:
        super().__init__(daemon=True)
        self._api, self._version, self._expected = api, version, expected
        self.at: dict[str, float] = {}

    def run(self) -> None:
        answer = self._api.ask("GET", f"{PODS}?watch=true&resourceVersion={self._version}&timeoutSeconds=300")
        while len(self.at) < self._expected:
            line = answer.readline()
            if b'"Unschedulable"' in line:
                now = time.time()
                name = json.loads(line)["object"]["metadata"]["name"]
                self.at.setdefault(name, now)


def pod_body(number: int) -> bytes:
    """One of four sizes, each too large for a node of two CPUs and 8 GiB."""
    cpu, memory = (("2500m", "4Gi"), ("3", "8Gi"), ("4", "6Gi"), ("1", "12Gi"))[number % 4]
    container = {
        "name": "main",
        "image": "registry.example/app:1",
        "resources": {"requests": {"cpu": cpu, "memory": memory}},
    }
    meta = {"name": f"crowd-{number}", "labels": {"app": f"crowd-{number % 4}"}}
    return json.dumps({"metadata": meta, "spec": {"containers": [container]}}).encode()


def main() -> None:
    """Send the pods evenly over the seconds."""
    order = json.load(sys.stdin)
    api = Api(order["kubeconfig"])
    bodies = [pod_body(number) for number in range(order["pods"])]
    version = json.loads(api.ask("GET", f"{PODS}?limit=1").read())["metadata"]["resourceVersion"]
    refusals = Refusals(api, version, len(bodies))
    refusals.start()
    sent: dict[str, float] = {}
    begin = time.monotonic()

    def send(number: int) -> None:
        time.sleep(max(0.0, begin + number * order["seconds"] / len(bodies) - time.monotonic()))
        sent[f"crowd-{number}"] = time.time()
        answer = api.ask("POST", PODS, bodies[number])
        assert answer.status == 201, answer.read()
        answer.read()

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(send, range(len(bodies))))
    took = time.monotonic() - begin
    refusals.join()
    pods = {name: (at, refusals.at[name]) for name, at in sent.items()}
    print(json.dumps({"seconds": took, "pods": pods}), flush=True)


if __name__ == "__main__":
    main()
