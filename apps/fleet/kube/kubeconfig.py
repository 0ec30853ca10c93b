"""Reading a tenant's kubeconfig: what it may say, and why it is refused where it says something else.

The text comes from outside. It may hold credentials, never name files of this machine or programs to run.
"""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import yaml

from apps.fleet.errors import KubeconfigInvalid

from .tokens import TokenSource

NEVER_IN_A_USER = {
    "exec": "runs a program (exec), which is never done here; use a service account's token",
    "auth-provider": "needs an auth-provider plugin; use a service account's token",
    "tokenFile": "names a file (tokenFile), which this machine does not have; put the token itself in",
    "client-certificate": "names a file; use client-certificate-data",
    "client-key": "names a file; use client-key-data",
    "username": "uses a password, which Kubernetes no longer takes; use a service account's token",
}


@dataclass(frozen=True, slots=True)
class Access:
    """Where a cluster's API is and how to prove who asks."""

    server: str
    verify: bool = True
    ca_pem: str = ""
    server_name: str = ""  # expected in the certificate, where it is not the host of `server`
    proxy: str = ""
    token: str = field(default="", repr=False)
    token_source: TokenSource | None = field(default=None, repr=False)  # in place of `token`, asked each time
    client_certificate_pem: bytes = field(default=b"", repr=False)
    client_key_pem: bytes = field(default=b"", repr=False)


class _Refused(Exception):
    """Why a kubeconfig cannot be used; the cluster's name is added outside."""


def read_access(text: str, *, cluster: str) -> Access:
    """The access that the current context of a kubeconfig gives. Raises KubeconfigInvalid with the reason."""
    try:
        config = _document(text)
        context = _named(config, "contexts", "context", _text(config, "current-context", "it"))
        server = _named(config, "clusters", "cluster", _text(context, "cluster", "its context"))
        user = _named(config, "users", "user", _text(context, "user", "its context"))
        return _access(server, user)
    except _Refused as refused:
        raise KubeconfigInvalid(cluster=cluster, why=str(refused)) from refused


def _document(text: str) -> dict[str, Any]:
    try:
        config = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark is not None else ""
        raise _Refused(f"it is not YAML{where}") from error
    if not isinstance(config, dict):
        raise _Refused("it is not a kubeconfig")
    if not config.get("current-context"):
        raise _Refused("it has no current-context")
    return config


def _named(config: dict[str, Any], section: str, key: str, name: str) -> dict[str, Any]:
    entries = config.get(section)
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and entry.get("name") == name:
            value = entry.get(key)
            return value if isinstance(value, dict) else {}
    raise _Refused(f"it has no {key} named {name}")


def _text(part: dict[str, Any], key: str, owner: str) -> str:
    value = part.get(key)
    if not isinstance(value, str) or not value:
        raise _Refused(f"{owner} has no {key}")
    return value


def _access(cluster: dict[str, Any], user: dict[str, Any]) -> Access:
    for key, why in NEVER_IN_A_USER.items():
        if user.get(key):
            raise _Refused(f"its user {why}")
    if cluster.get("certificate-authority"):
        raise _Refused("its cluster names a file; use certificate-authority-data")
    access = Access(
        server=_server(cluster),
        verify=not cluster.get("insecure-skip-tls-verify"),
        ca_pem=_data(cluster, "certificate-authority-data").decode("ascii", "replace"),
        server_name=str(cluster.get("tls-server-name") or ""),
        proxy=str(cluster.get("proxy-url") or ""),
        token=str(user.get("token") or "").strip(),
        client_certificate_pem=_data(user, "client-certificate-data"),
        client_key_pem=_data(user, "client-key-data"),
    )
    if bool(access.client_certificate_pem) != bool(access.client_key_pem):
        raise _Refused("its user has a client certificate or a key, but not both")
    if not access.token and not access.client_key_pem:
        raise _Refused("its user has neither a token nor a client certificate")
    return access


def _server(cluster: dict[str, Any]) -> str:
    server = _text(cluster, "server", "its cluster").rstrip("/")
    try:
        parts = urlsplit(server)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        raise _Refused(f"its server {server!r} is not an http(s) address")
    return server


def _data(part: dict[str, Any], key: str) -> bytes:
    text = part.get(key)
    if not text:
        return b""
    try:
        data = base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _Refused(f"its {key} is not base64") from error
    if b"-----BEGIN " not in data:
        raise _Refused(f"its {key} holds no PEM")
    return data
