"""A command that reads a file alone runs on a checkout that was never set up."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKING = {
    "types": [
        {
            "name": "m5.large",
            "cpu": 2000,
            "mem": 8192,
            "pods": 29,
            "arch": "amd64",
            "off": [{"zone": "a", "price": 0.1}],
        }
    ],
    "pods": [{"cpu": 500, "mem": 512, "arch": "any", "kind": "generic", "app": ""}] * 3,
}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    # PATH alone: numba and OpenBLAS start threads by it.
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(ROOT)}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.timeout(180)
def test_plan_needs_neither_database_nor_secret(tmp_path: Path) -> None:
    packing = tmp_path / "packing.json.gz"
    packing.write_bytes(gzip.compress(json.dumps(PACKING).encode()))
    done = run("plan", "--input", str(packing), "--deadline", "1", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["pods"], answer["unplaced"]) == (3, [])


def test_other_commands_still_say_what_is_missing() -> None:
    done = run("migrate")
    assert done.returncode != 0
    assert "the environment lacks SECRET_KEY" in done.stderr
