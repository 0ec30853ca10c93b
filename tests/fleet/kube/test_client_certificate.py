"""A kubeconfig whose user proves itself with a certificate, against a TLS server that demands one."""

import base64
import ssl
import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from apps.fleet.errors import ClusterUnreachable
from apps.fleet.kube.api import kube_for

from .kubeconfigs import changed, minimal


def self_signed() -> tuple[bytes, bytes]:
    """A certificate for 127.0.0.1 that is its own authority, and its key, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now, address = datetime.now(UTC), x509.IPAddress(IPv4Address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM), key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


class NoNodes(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"metadata": {"resourceVersion": "7"}, "items": []}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def pair() -> tuple[bytes, bytes]:
    return self_signed()


@pytest.fixture
def server(pair: tuple[bytes, bytes], tmp_path: Path) -> Iterator[str]:
    chain = tmp_path / "server.pem"
    chain.write_bytes(b"".join(pair))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=pair[0].decode())
    context.load_cert_chain(chain)
    context.verify_mode = ssl.CERT_REQUIRED
    with HTTPServer(("127.0.0.1", 0), NoNodes) as running:
        running.socket = context.wrap_socket(running.socket, server_side=True)
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"https://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def encoded(pem: bytes) -> str:
    return base64.b64encode(pem).decode()


def test_a_client_certificate_proves_who_asks_and_leaves_no_file(
    server: str, pair: tuple[bytes, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(tmp_path.iterdir())
    certificate, key = map(encoded, pair)
    kubeconfig = minimal(server, **{"client-certificate-data": certificate, "client-key-data": key})

    kube = changed(kubeconfig, cluster={"certificate-authority-data": certificate})

    assert kube.nodes() == ([], "7")
    assert set(tmp_path.iterdir()) == before


def test_without_the_certificate_the_server_is_not_reached(server: str, pair: tuple[bytes, bytes]) -> None:
    kube = changed(minimal(server), cluster={"certificate-authority-data": encoded(pair[0])})

    with pytest.raises(ClusterUnreachable):
        kube.nodes()


def test_a_cluster_may_say_that_its_certificate_is_not_to_be_checked(
    server: str, pair: tuple[bytes, bytes]
) -> None:
    certificate, key = map(encoded, pair)
    user = {"client-certificate-data": certificate, "client-key-data": key}

    assert changed(minimal(server, **user), cluster={"insecure-skip-tls-verify": True}).nodes() == ([], "7")
    with pytest.raises(ClusterUnreachable, match="certificate verify failed"):
        kube_for(name="prod", kubeconfig=minimal(server, **user)).nodes()
