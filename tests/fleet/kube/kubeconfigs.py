"""Kubeconfigs that say what a test is about."""

from typing import Any

import yaml

from apps.fleet.kube.api import kube_for
from apps.fleet.kube.port import Kube


def changed(kubeconfig: str, **changes: Any) -> Kube:
    """The API of a kubeconfig with another server, token or the like."""
    config = yaml.safe_load(kubeconfig)
    config["clusters"][0]["cluster"] |= changes.pop("cluster", {})
    config["users"][0]["user"] |= changes.pop("user", {})
    return kube_for(name="prod", kubeconfig=yaml.safe_dump(config | changes))


def minimal(server: str, **user: Any) -> str:
    return yaml.safe_dump(
        {
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": server}}],
            "users": [{"name": "u", "user": user or {"token": "secret"}}],
        }
    )
