"""All clusters of one process."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import yaml

from .aws_tokens import AwsTokens
from .cluster import Cluster, JoinRules
from .instance_types import InstanceTypes
from .kinds import Obj
from .knobs import Knobs


@dataclass(slots=True)
class Sandbox:
    """All clusters of the process."""

    address: str
    ca: str
    knobs: Knobs
    types: InstanceTypes = field(default_factory=InstanceTypes)
    clusters: dict[str, Cluster] = field(default_factory=dict)
    aws: AwsTokens | None = None
    _welcomes: list[Callable[[Cluster], None]] = field(default_factory=list)

    def when_added(self, call: Callable[[Cluster], None]) -> None:
        """Call with every cluster that is started from now on."""
        self._welcomes.append(call)

    def add(self, name: str, join: Obj | None, token_rules: list[Obj] | None) -> Cluster:
        """Start a cluster; raises KeyError where the name is taken."""
        if name in self.clusters:
            raise KeyError(name)
        knobs = Knobs()
        knobs.turn({knob: getattr(self.knobs, knob) for knob in Knobs.__slots__})
        cluster = Cluster(
            name,
            knobs,
            None if join is None else JoinRules.of(join),
            token_rules,
            self.ca,
            partial(self.aws.user, name) if self.aws else None,
        )
        self.clusters[name] = cluster
        cluster.start()
        for welcome in self._welcomes:
            welcome(cluster)
        return cluster

    def remove(self, name: str) -> None:
        self.clusters.pop(name).stop()

    def stop(self) -> None:
        for name in list(self.clusters):
            self.remove(name)

    def url(self, cluster: Cluster) -> str:
        return f"{self.address}/clusters/{cluster.name}"

    def kubeconfig(self, cluster: Cluster, token: str) -> str:
        """A kubeconfig (YAML) for a token."""
        return yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": cluster.name,
                "clusters": [
                    {
                        "name": cluster.name,
                        "cluster": {
                            "server": self.url(cluster),
                            "certificate-authority-data": base64.b64encode(self.ca.encode()).decode(),
                        },
                    }
                ],
                "users": [{"name": cluster.name, "user": {"token": token}}],
                "contexts": [
                    {"name": cluster.name, "context": {"cluster": cluster.name, "user": cluster.name}}
                ],
            },
            sort_keys=False,
        )
