"""The state directory of one sandbox: everything it remembers lies here, closed to other people."""

import json
import os
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[3]


class StateDir:
    """Names of the files of the sandbox in `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    @classmethod
    def of_checkout(cls) -> "StateDir":
        """The one `make run` uses; SANDBOX_DIR names another."""
        return cls(Path(os.environ.get("SANDBOX_DIR") or CHECKOUT / ".sandbox"))

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def kube(self) -> Path:
        return self.root / "kube"

    @property
    def kubeconfigs(self) -> Path:
        return self.root / "kubeconfigs"

    @property
    def mail(self) -> Path:
        """Where the product's letters lie, a file each."""
        return self.root / "mail"

    @property
    def installation(self) -> Path:
        return self.root / "installation.json"

    @property
    def imported(self) -> Path:
        """Names of the accounts whose costs the database has."""
        return self.root / "imported.json"

    @property
    def credentials(self) -> Path:
        return self.root / "credentials.json"

    @property
    def ready(self) -> Path:
        """There while the sandbox is up and seeded."""
        return self.root / "ready"

    @property
    def processes(self) -> Path:
        return self.root / "processes.json"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def progress(self) -> Path:
        return self.logs / "sandbox.log"

    def make(self) -> None:
        """Create the folders, for their owner only."""
        for folder in (self.root, self.logs, self.kube, self.kubeconfigs, self.mail):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def write_private(path: Path, text: str) -> None:
    """Replace `path` in one step; only its owner may read it."""
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    partial.replace(path)


def write_json(path: Path, value: Any) -> None:
    """Replace `path` by `value` as JSON; only its owner may read it."""
    write_private(path, json.dumps(value, indent=2) + "\n")


def read_json(path: Path) -> Any:
    """What `path` holds, None where it does not exist."""
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        return None
