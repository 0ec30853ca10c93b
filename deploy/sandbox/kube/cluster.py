"""One cluster: its objects, who may use them, its knobs and its controllers."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from . import errors
from .access import Access, SignIn, User
from .controllers import Controllers
from .kinds import NAMESPACES, SERVICEACCOUNTS, Kind, Obj
from .knobs import Knobs
from .probes import Probes
from .store import Store
from .watch import Watcher
from .writes import create

NAMESPACES_AT_START = ("default", "kube-node-lease", "kube-public", "kube-system")
SERVED_TO = "system:serviceaccount:kube-system:atharva"


@dataclass(frozen=True, slots=True)
class JoinRules:
    """What an instance must be launched with to become a node; None accepts anything."""

    account_id: str | None = None
    image_ids: tuple[str, ...] | None = None
    subnet_ids: tuple[str, ...] | None = None
    instance_profile: str | None = None

    @classmethod
    def of(cls, body: Obj) -> JoinRules:
        images, subnets = body.get("image_ids"), body.get("subnet_ids")
        return cls(
            body.get("account_id"),
            None if images is None else tuple(images),
            None if subnets is None else tuple(subnets),
            body.get("instance_profile"),
        )


@dataclass(slots=True)
class Outage:
    """Until when (loop time) the API is down, and how: connections closed or 503."""

    until: float = 0.0
    closes: bool = True


@dataclass(slots=True, eq=False)
class Cluster:
    """A running cluster. Call `start` inside the event loop, `stop` to end it.

    `ca` (PEM) signed the API's certificate; `elsewhere` knows users whose tokens the cluster did not issue.
    """

    name: str
    knobs: Knobs
    join: JoinRules | None = None
    token_rules: list[Obj] | None = None
    ca: str = ""
    elsewhere: SignIn | None = None
    store: Store = field(default_factory=Store)
    calls: Counter[str] = field(default_factory=Counter)
    watchers: set[Watcher] = field(default_factory=set)
    refused: dict[str, Obj] = field(default_factory=dict)
    outage: Outage = field(default_factory=Outage)
    access: Access = field(init=False)
    controllers: Controllers = field(init=False)
    probes: Probes = field(init=False)
    token: str = field(init=False)
    admin_token: str = field(init=False)

    def __post_init__(self) -> None:
        self.access = Access(self.store, self.elsewhere)
        self.controllers = Controllers(self.store, self.knobs, self.access, self.ca)
        self.probes = Probes(self.store)
        rules = None if self.token_rules is None else tuple(self.token_rules)
        groups = ("system:serviceaccounts", "system:authenticated")
        self.token = self.access.issue(
            User(SERVED_TO, groups if rules is not None else (*groups, "system:masters"), rules)
        )
        self.admin_token = self.access.issue(User("admin", ("system:masters", "system:authenticated")))
        for name in NAMESPACES_AT_START:
            create(self.store, NAMESPACES, {"metadata": {"name": name}})
            create(self.store, SERVICEACCOUNTS, {"metadata": {"name": "default", "namespace": name}})

    def start(self) -> None:
        self.controllers.start()

    def stop(self) -> None:
        self.controllers.stop()
        for watcher in tuple(self.watchers):
            watcher.end()

    def compact(self) -> None:
        """Forget the history; running watches end as if they had fallen behind."""
        self.store.compact()
        gone = errors.failure(
            410, "Expired", f"too old resource version: {self.store.version - 1} ({self.store.version})"
        )
        for watcher in tuple(self.watchers):
            watcher.end(gone)

    def go_down(self, seconds: float, *, closes: bool) -> None:
        """Take the API away for some seconds, with every running watch."""
        self.outage = Outage(asyncio.get_running_loop().time() + seconds, closes)
        for watcher in tuple(self.watchers):
            watcher.cut()

    def count(self, verb: str, kind: Kind | None, subresource: str) -> None:
        plural = kind.plural if kind else "-"
        self.calls[f"{verb} {plural}/{subresource}" if subresource else f"{verb} {plural}"] += 1
