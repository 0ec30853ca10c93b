"""One cluster's connection: the official client's authentication and transport, kept alive between calls."""

import hashlib
import json
import ssl
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

from django.conf import settings
from kubernetes.client import ApiClient, Configuration

from apps.fleet.errors import KubeconfigInvalid

from .addresses import check_addresses
from .kubeconfig import Access, read_access

KEPT_SESSIONS = 256
CONNECTIONS = 8  # kept alive a cluster: its watch, and the calls of a worker's threads
USER_AGENT = "atharva"


class Response(Protocol):
    """What we use of the transport's response."""

    status: int
    headers: Mapping[str, str]

    @property
    def data(self) -> bytes: ...
    def stream(self, amt: int) -> Any: ...
    def close(self) -> None: ...


class Session:
    """Sends requests to one API server as one user."""

    def __init__(self, access: Access) -> None:
        """Raises ssl.SSLError where a certificate or key cannot be used."""
        self._client = ApiClient(_configuration(access))
        self._transport: Any = self._client.rest_client
        self._transport.pool_manager.connection_pool_kw |= _tls(access)
        self._server = access.server
        self._headers = {"Accept": "application/json", "User-Agent": USER_AGENT}

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        content_type: str = "application/json",
        read_timeout: float | None = None,
    ) -> Response:
        """The answer, whatever its status, with its body still to be read.

        Raises urllib3.exceptions.HTTPError where no answer came.
        """
        limit = settings.KUBERNETES_TIMEOUT.total_seconds()
        headers = dict(self._headers)
        if body is not None:
            headers["Content-Type"] = content_type
        self._client.update_params_for_auth(headers, None, ["BearerToken"], path, method, body)
        url = f"{self._server}{path}?{urlencode(query)}" if query else self._server + path
        answer = self._transport.request(
            method, url, headers=headers, body=body, _request_timeout=(limit, read_timeout or limit)
        )
        response: Response = answer.response
        return response

    def close(self) -> None:
        self._transport.close()


class Sessions:
    """The sessions of this process; the least recently used one is closed beyond the limit."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, kubeconfig: str, *, cluster: str) -> Session:
        """The session of a kubeconfig, made at the first call. Raises KubeconfigInvalid."""
        return self.shared(
            ("kubeconfig", kubeconfig), lambda: read_access(kubeconfig, cluster=cluster), cluster=cluster
        )

    def shared(self, identity: tuple[str, ...], access: Callable[[], Access], *, cluster: str) -> Session:
        """The session of whoever `identity` is, made from `access` at the first call.

        All that tells one access from another must be in `identity`: who has the same gets the same
        session. Raises KubeconfigInvalid, ClusterAddressRefused.
        """
        key = hashlib.sha256(json.dumps(identity).encode()).hexdigest()
        with self._lock:
            if session := self._kept.get(key):
                self._kept.move_to_end(key)
                return session
            session = self._kept[key] = _session(access(), cluster)
            if len(self._kept) > KEPT_SESSIONS:
                self._kept.popitem(last=False)[1].close()
            return session


def _session(access: Access, cluster: str) -> Session:
    try:
        session = Session(access)
    except (ssl.SSLError, ValueError) as error:
        raise KubeconfigInvalid(
            cluster=cluster, why=f"its certificates or key cannot be used ({error})"
        ) from error
    check_addresses(access, cluster=cluster)
    return session


def _configuration(access: Access) -> Any:
    configuration: Any = Configuration(
        host=access.server,
        verify_ssl=access.verify,
        tls_server_name=access.server_name or None,
        connection_pool_maxsize=CONNECTIONS,
        # No second try and no redirect below us: what is safe to repeat is decided by the call.
        retries=False,
    )
    configuration.keep_alive = True
    if source := access.token_source:
        # The client asks the hook before each request, but only where it knows of a key.
        configuration.api_key["authorization"] = ""
        configuration.refresh_api_key_hook = lambda its: its.api_key.update(
            authorization=f"Bearer {source()}"
        )
    elif access.token:
        configuration.api_key["authorization"] = f"Bearer {access.token}"
    if access.proxy:
        configuration.proxy = access.proxy
    return configuration


def _tls(access: Access) -> dict[str, ssl.SSLContext]:
    """The TLS settings, made in memory; OpenSSL takes a client's key only from a file, which is removed."""
    if not access.server.startswith("https://"):
        return {}
    context = ssl.create_default_context(cadata=access.ca_pem or None)
    if not access.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if access.client_key_pem:
        # A NamedTemporaryFile is readable by its owner alone.
        with tempfile.NamedTemporaryFile(suffix=".pem") as chain:
            Path(chain.name).write_bytes(access.client_certificate_pem + b"\n" + access.client_key_pem)
            context.load_cert_chain(chain.name)
    return {"ssl_context": context}
