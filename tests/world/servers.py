"""The two stand-ins as processes of the test session, and their control APIs."""

import json
import socket
import subprocess
import sys
import urllib.error
from pathlib import Path
from typing import Any
from urllib.request import Request

from deploy.sandbox.process.health import opener, wait_healthy

ROOT = Path(__file__).parents[2]
START_SECONDS = 60


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """A process with a control API under /_sandbox/."""

    module: str
    scheme: str

    def __init__(self, *arguments: str) -> None:
        port = free_port()
        self.url = f"{self.scheme}://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", self.module, "--port", str(port), *arguments], cwd=ROOT
        )
        wait_healthy(
            self.module,
            f"{self.url}/_sandbox/health",
            seconds=START_SECONDS,
            give_up=lambda: self.process.poll() is not None,
        )

    def ask(self, path: str, *, method: str = "GET", body: dict[str, Any] | None = None) -> Any:
        """The control API's answer; its refusals raise with the sentence they give."""
        data = json.dumps(body).encode() if body is not None else None
        request = Request(
            f"{self.url}/_sandbox/{path}",
            data,
            {"Content-Type": "application/json"},
            method=method,
        )
        try:
            with opener().open(request, timeout=70) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.code} {error.read().decode()}") from error

    def order(self, command: str, **body: Any) -> Any:
        return self.ask(command, method="POST", body=body)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)


class AwsEmulator(Server):
    module, scheme = "deploy.sandbox.aws", "http"


class KubeStandIn(Server):
    module, scheme = "deploy.sandbox.kube", "https"
