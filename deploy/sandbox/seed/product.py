"""The product, told about the world by its own commands and its own HTTP API."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from deploy.sandbox.process.health import opener
from deploy.sandbox.process.once import StepFailed
from deploy.sandbox.process.state import CHECKOUT

PASSWORD_VARIABLE = "SANDBOX_USER_PASSWORD"
COMMAND_SECONDS = 600.0
HTTP_SECONDS = 30.0
SHOWN_LINES = 20


def manage(*arguments: str, **secret: str) -> Any:
    """The JSON that `manage.py` prints in its last line; `secret` goes through its environment.

    Raises StepFailed with the end of what it printed.
    """
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT,
        env=os.environ | secret,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
    )
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        said = (done.stdout + done.stderr).strip().splitlines()[-SHOWN_LINES:]
        raise StepFailed("\n    ".join([f"manage.py {' '.join(arguments)} failed", *said]))
    return json.loads(lines[-1])


def ensure_user(username: str, role: str, password: str, *, client: str = "") -> None:
    """A person who may sign in."""
    of_client = ("--client", client) if client else ()
    manage(
        "ensure_user", username, "--role", role, *of_client, "--password-env", PASSWORD_VARIABLE,
        **{PASSWORD_VARIABLE: password},
    )  # fmt: skip


class Api:
    """The product's HTTP API, signed in as one person."""

    def __init__(self, base_url: str, username: str, password: str) -> None:
        self.base_url = base_url
        self._token = ""
        self._token = self.call("POST", "/api/auth/login", {"username": username, "password": password})[
            "access"
        ]

    def call(self, method: str, path: str, body: Mapping[str, object]) -> Any:
        """What the API answers. Raises StepFailed with its own error."""
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(
            self.base_url + path, data=json.dumps(body).encode(), headers=headers, method=method
        )
        try:
            with opener().open(request, timeout=HTTP_SECONDS) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            raise StepFailed(f"{method} {path}: {error.code} {error.read(2000).decode()}") from None
