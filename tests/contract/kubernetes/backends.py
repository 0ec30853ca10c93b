"""The two things that the suite runs against: the stand-in, or a real control plane."""

from __future__ import annotations

import base64
import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.contract.kubernetes.api import Api, eventually

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 60.0


@dataclass(frozen=True)
class Backend:
    """A running cluster. `etcd` is the address of a real one's store."""

    api: Api
    kubeconfig: Path
    has_controllers: bool = True
    has_scheduler: bool = True
    etcd: str = ""

    def compact(self) -> None:
        """Make every resourceVersion before the present one too old for lists."""
        session = requests.Session()
        session.trust_env = False
        if not self.etcd:
            base, name = self.api.server.split("/clusters/")
            control = f"{base}/_sandbox/clusters/{name}/compact"
            session.post(control, json={}, verify=self.api.ca_file, timeout=5).raise_for_status()
            return
        key = base64.b64encode(b"nothing").decode()
        header = session.post(f"{self.etcd}/v3/kv/range", json={"key": key}, timeout=5).json()["header"]
        body = {"revision": header["revision"], "physical": True}
        session.post(f"{self.etcd}/v3/kv/compaction", json=body, timeout=5).raise_for_status()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(name: str, folder: Path, command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process for as long as the context lasts; its output goes to a file."""
    with (folder / f"{name}.log").open("wb") as log:
        child = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)
        try:
            yield child
        finally:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _answers(url: str, verify: str | bool) -> bool:
    session = requests.Session()
    session.trust_env = False
    try:
        return session.get(url, verify=verify, timeout=2).status_code == 200
    except (requests.ConnectionError, OSError):
        return False


@contextmanager
def stand_in(folder: Path) -> Iterator[Backend]:
    """The stand-in with one cluster, its waits as long as a real one's where the suite looks at them."""
    port, ca_file = free_port(), folder / "ca.crt"
    base = f"https://127.0.0.1:{port}"
    command = [sys.executable, "-m", "deploy.sandbox.kube", "--port", str(port), "--state-dir", str(folder)]
    with process("stand-in", folder, command):
        eventually(
            lambda: ca_file.exists() and _answers(f"{base}/_sandbox/health", str(ca_file)),
            within=START_SECONDS,
        )
        control = Api(base, None, str(ca_file))
        made = control.make("/_sandbox/clusters", {"name": "contract"})
        kubeconfig = folder / "kubeconfig"
        kubeconfig.write_text(made["kubeconfig"])
        yield Backend(Api(made["server"], made["admin_token"], str(ca_file)), kubeconfig)


@contextmanager
def real(assets: Path, folder: Path) -> Iterator[Backend]:
    """etcd and kube-apiserver, with the controller manager and the scheduler where the folder has them."""
    token, port, etcd_port, peer_port = secrets.token_hex(16), free_port(), free_port(), free_port()
    etcd, server = f"http://127.0.0.1:{etcd_port}", f"https://127.0.0.1:{port}"
    (folder / "tokens.csv").write_text(f'{token},admin,1,"system:masters"\n')
    _service_account_key(folder / "sa.key")
    certs, ca_file = folder / "certs", folder / "certs" / "apiserver.crt"
    kubeconfig = folder / "kubeconfig"
    with ExitStack() as stack:
        stack.enter_context(
            process(
                "etcd",
                folder,
                [
                    str(assets / "etcd"),
                    f"--data-dir={folder / 'etcd'}",
                    f"--listen-client-urls={etcd}",
                    f"--advertise-client-urls={etcd}",
                    f"--listen-peer-urls=http://127.0.0.1:{peer_port}",
                ],
            )
        )
        stack.enter_context(
            process(
                "kube-apiserver",
                folder,
                [
                    str(assets / "kube-apiserver"),
                    f"--etcd-servers={etcd}",
                    f"--secure-port={port}",
                    f"--cert-dir={certs}",
                    "--bind-address=127.0.0.1",
                    f"--token-auth-file={folder / 'tokens.csv'}",
                    "--authorization-mode=RBAC",
                    "--service-account-issuer=https://contract.example",
                    f"--service-account-key-file={folder / 'sa.key'}",
                    f"--service-account-signing-key-file={folder / 'sa.key'}",
                    "--service-cluster-ip-range=10.96.0.0/16",
                    "--disable-admission-plugins=ServiceAccount",
                ],
            )
        )
        eventually(
            lambda: ca_file.exists() and _answers(f"{server}/readyz", str(ca_file)), within=START_SECONDS
        )
        kubeconfig.write_text(_kubeconfig(server, token, ca_file))
        found = {name: (assets / name).exists() for name in ("kube-controller-manager", "kube-scheduler")}
        for name, present in found.items():
            if present:
                stack.enter_context(
                    process(
                        name,
                        folder,
                        [
                            str(assets / name),
                            f"--kubeconfig={kubeconfig}",
                            "--leader-elect=false",
                            "--secure-port=0",
                        ],
                    )
                )
        yield Backend(
            Api(server, token, str(ca_file)),
            kubeconfig,
            found["kube-controller-manager"],
            found["kube-scheduler"],
            etcd,
        )


def _service_account_key(path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = serialization.Encoding.PEM
    path.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


def _kubeconfig(server: str, token: str, ca_file: Path) -> str:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "real",
        "clusters": [{"name": "real", "cluster": {"server": server, "certificate-authority": str(ca_file)}}],
        "users": [{"name": "real", "user": {"token": token}}],
        "contexts": [{"name": "real", "context": {"cluster": "real", "user": "real"}}],
    }
    return str(yaml.safe_dump(json.loads(json.dumps(config))))


def assets() -> Path | None:
    """The folder with a real control plane's programs, as envtest names it."""
    named = os.environ.get("KUBEBUILDER_ASSETS")
    return Path(named) if named else None
