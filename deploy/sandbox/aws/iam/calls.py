"""A request to an AWS endpoint, read as far as is needed to know what it asks for."""

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.types import WSGIEnvironment

CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/")
FORM = "application/x-www-form-urlencoded"
CLUSTERS = r"/clusters"
CLUSTER = rf"{CLUSTERS}/(?P<name>[^/]+)"
ENTRIES = rf"{CLUSTER}/access-entries"
# EKS is the one service here whose actions are methods and paths.
EKS_ACTIONS = tuple(
    (method, re.compile(path), action)
    for method, path, action in (
        ("GET", CLUSTERS, "ListClusters"),
        ("POST", CLUSTERS, "CreateCluster"),
        ("GET", CLUSTER, "DescribeCluster"),
        ("DELETE", CLUSTER, "DeleteCluster"),
        ("GET", ENTRIES, "ListAccessEntries"),
        ("POST", ENTRIES, "CreateAccessEntry"),
        ("GET", rf"{ENTRIES}/.+", "DescribeAccessEntry"),
        ("POST", rf"{ENTRIES}/.+", "UpdateAccessEntry"),
        ("DELETE", rf"{ENTRIES}/.+", "DeleteAccessEntry"),
    )
)


@dataclass
class AwsCall:
    """One request; `action` is empty where it is none of AWS's."""

    service: str
    action: str
    region: str = ""
    access_key: str = ""
    content_type: str = ""
    body: bytes = b""
    path: dict[str, str] = field(default_factory=dict)

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """The body's parameters: JSON as it is, a form flat (`InstanceId.1`)."""
        if self.content_type.startswith(FORM):
            return dict(parse_qsl(self.body.decode()))
        try:
            found = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def listed(self, name: str) -> list[str]:
        """The values of a form's numbered parameter, in order."""
        start = f"{name}."
        return [value for key, value in self.parameters.items() if key.startswith(start)]

    @property
    def is_dry_run(self) -> bool:
        return b"DryRun=true" in self.body


def read(environ: WSGIEnvironment, body: bytes) -> AwsCall:
    """The request that WSGI brought."""
    signed = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    content_type = environ.get("CONTENT_TYPE", "")
    call = AwsCall("", "", content_type=content_type, body=body)
    if signed:
        call.access_key, call.region, call.service = signed.group("key", "region", "service")
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        call.action = target.split(".")[-1]
    elif content_type.startswith(FORM):
        call.action = str(call.parameters.get("Action", ""))
    elif call.service == "eks":
        _read_path(call, environ)
    return call


def _read_path(call: AwsCall, environ: WSGIEnvironment) -> None:
    for method, path, action in EKS_ACTIONS:
        if method == environ["REQUEST_METHOD"] and (found := path.fullmatch(environ.get("PATH_INFO", ""))):
            call.action, call.path = action, found.groupdict()
            return
