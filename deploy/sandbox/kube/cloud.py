"""Follows the cloud emulator's instances: they join when they run, and leave when they are gone."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import aiohttp

from .cluster import Cluster
from .errors import ApiError
from .joining import CannotJoin, bootstrap, check, machine_of
from .kinds import NODES
from .nodes import Machine
from .sandbox import Sandbox
from .store import now_text

log = logging.getLogger(__name__)
WAIT_SECONDS = 20
RETRY_SECONDS = 1.0
STOPPED = ("shutting-down", "stopping", "stopped")
Instance = dict[str, Any]


class Cloud:
    """What is known of each instance; `follow` runs until it is cancelled."""

    def __init__(self, sandbox: Sandbox, url: str) -> None:
        self._sandbox = sandbox
        self._url = f"{url.rstrip('/')}/_sandbox/instances/changes"
        self._seen: dict[str, Instance] = {}
        self._nodes: dict[str, tuple[str, str]] = {}
        sandbox.when_added(self._welcome)

    async def follow(self) -> None:
        """Take in every change; a cloud that does not answer is asked again."""
        cursor = "0"
        timeout = aiohttp.ClientTimeout(total=WAIT_SECONDS + 10)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                try:
                    async with session.get(
                        self._url, params={"since": cursor, "wait": WAIT_SECONDS}
                    ) as response:
                        response.raise_for_status()
                        answer = await response.json()
                except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
                    log.warning("the cloud does not answer: %s", problem)
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
                cursor = str(answer["cursor"])
                for instance in answer["changes"]:
                    self.take(instance)

    def take(self, instance: Instance) -> None:
        """Act on an instance's new state."""
        instance_id, state = instance["instance_id"], instance["state"]
        before = self._seen.get(instance_id, {}).get("state")
        self._seen[instance_id] = instance
        if state == "running" and before != "running":
            self._boot(instance)
        elif state in STOPPED:
            self._stop(instance_id)
        elif state == "terminated":
            self._stop(instance_id)
            self._forget(instance_id)

    def _welcome(self, cluster: Cluster) -> None:
        """A kubelet asks until its cluster answers: what runs already joins a cluster that is made later."""
        for instance in self._seen.values():
            if instance["state"] == "running" and instance["instance_id"] not in self._nodes:
                self._boot(instance, only=cluster.name)

    def _boot(self, instance: Instance, only: str = "") -> None:
        started = None
        try:
            started = bootstrap(instance.get("user_data") or "")
            if only and (started is None or started.cluster != only):
                return
            cluster = self._sandbox.clusters.get(started.cluster) if started else None
            if started is None or cluster is None:
                self._note_stranger(instance, started.cluster if started else "")
                return
            check(cluster, instance)
            machine = machine_of(instance, started, self._sandbox.types)
        except CannotJoin as problem:
            self._refuse(instance, started.cluster if started else "", str(problem))
            return
        cluster.controllers.desk.later(
            cluster.knobs.join_seconds, self._join, cluster, instance["instance_id"], machine
        )

    def _join(self, cluster: Cluster, instance_id: str, machine: Machine) -> None:
        if self._seen.get(instance_id, {}).get("state") != "running":
            return
        try:
            cluster.controllers.kubelets.join(machine, ready_after=cluster.knobs.ready_seconds)
        except ApiError as problem:
            self._refuse(self._seen[instance_id], cluster.name, str(problem))
            return
        self._nodes[instance_id] = (cluster.name, machine.name)

    def _stop(self, instance_id: str) -> None:
        cluster, node = self._place(instance_id)
        if cluster is not None:
            cluster.controllers.kubelets.die(node)

    def _forget(self, instance_id: str) -> None:
        cluster, node = self._place(instance_id)
        self._nodes.pop(instance_id, None)
        registered = cluster.store.get(NODES, "", node) if cluster else None
        if cluster is not None and registered is not None:
            cluster.controllers.desk.say(
                registered,
                "Normal",
                "DeletingNode",
                f"Deleting node {node} because it does not exist in the cloud provider",
                "cloud-node-lifecycle-controller",
            )
            cluster.store.remove(registered)

    def _place(self, instance_id: str) -> tuple[Cluster | None, str]:
        name, node = self._nodes.get(instance_id, ("", ""))
        return self._sandbox.clusters.get(name), node

    def _note_stranger(self, instance: Instance, named: str) -> None:
        """An instance that belongs to a cluster by its tags, but does not boot into it."""
        for tag in instance.get("tags") or {}:
            owner = tag.removeprefix("kubernetes.io/cluster/")
            if owner != tag:
                why = f"the user data names cluster {named}" if named else "the user data starts no kubelet"
                self._refuse(instance, owner, why)

    def _refuse(self, instance: Instance, cluster_name: str, why: str) -> None:
        cluster = self._sandbox.clusters.get(cluster_name)
        if cluster is not None:
            cluster.refused[instance["instance_id"]] = {
                "instance_id": instance["instance_id"],
                "reason": why,
                "at": now_text(),
            }
