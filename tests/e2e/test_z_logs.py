"""The last test of the run: nothing that was secret in it stands in any log of any process."""

import base64
import json
import os
import re
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml

pytestmark = pytest.mark.e2e

STATE = Path(os.environ.get("SANDBOX_CREDENTIALS", "")).parent
# What any token of these kinds looks like, whoever made it.
SHAPES = {
    "JSON web token": re.compile(r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
    "API token": re.compile(r"atharva_(pat|agent)_[\w-]{20,}"),
    "EKS token": re.compile(r"k8s-aws-v1\.[\w-]{20,}"),
    "signed URL": re.compile(r"X-Amz-Signature=[0-9a-f]{16,}"),
    "private key": re.compile(r"BEGIN (RSA |EC )?PRIVATE KEY"),
    "link to join": re.compile(r"/join/[0-9a-f-]{36}/[\w-]{20,}"),
    "link to reset": re.compile(r"/reset-password/[\w-]+/(?!set-password)[\w-]{20,}"),
    "password hash": re.compile(r"argon2\$argon2id"),
}
SHORTEST = 8


def logs() -> dict[str, str]:
    return {file.name: file.read_text(errors="replace") for file in STATE.joinpath("logs").glob("*.log*")}


def of_the_installation() -> set[str]:
    kept = json.loads(STATE.joinpath("installation.json").read_text())
    return {value for name, value in kept.items() if isinstance(value, str) and name != "name"}


def of_the_kubeconfigs() -> set[str]:
    found = set()
    for path in STATE.joinpath("kubeconfigs").glob("*.yaml"):
        for user in yaml.safe_load(path.read_text())["users"]:
            found |= {value for value in user["user"].values() if isinstance(value, str)}
    return found


def as_written(secret: str) -> set[str]:
    """The ways in which a careless line could hold it."""
    return {secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode()}


def test_no_secret_of_this_run_is_in_any_log(secrets):
    known = {s for s in secrets.met | of_the_installation() | of_the_kubeconfigs() if len(s) >= SHORTEST}
    assert len(known) > 10
    written = logs()
    assert {"web.log", "worker_default.log", "worker_switches.log"} <= set(written)
    leaks = [
        f"{name}: {secret[:4]}…"
        for name, text in written.items()
        for secret in known
        for form in as_written(secret)
        if form in text
    ]
    assert leaks == []


@pytest.mark.parametrize("kind", SHAPES)
def test_nothing_that_looks_like_a_secret_is_in_any_log(kind):
    leaks = [(name, found[0][:12]) for name, text in logs().items() if (found := SHAPES[kind].search(text))]
    assert leaks == []
