"""The controllers of one cluster, run by one task that sleeps until something changes."""

from __future__ import annotations

import asyncio
from typing import Any

from ..access import Access
from ..knobs import Knobs
from ..store import Store
from .base import Controller, Desk
from .budgets import Budgets
from .daemonsets import DaemonSets
from .deployments import Deployments
from .garbage import Garbage
from .kubelet import Kubelets
from .node_lifecycle import NodeLifecycle
from .pod_garbage import PodGarbage
from .replicasets import ReplicaSets
from .scheduler import Scheduler
from .statefulsets import StatefulSets
from .taint_eviction import TaintEviction
from .token_secrets import TokenSecrets
from .volumes import Volumes

# Changes that come together are looked at together.
SETTLE_SECONDS = 0.003
TURNS_BEFORE_YIELD = 50


class Controllers:
    """Starts and stops the controllers of a cluster."""

    def __init__(self, store: Store, knobs: Knobs, access: Access, ca: str) -> None:
        self.desk = Desk(store, knobs)
        self.kubelets = Kubelets(self.desk)
        self.nodes = NodeLifecycle(self.desk, self.kubelets)
        # Taints go before pods are placed, and owners act before what they own.
        self._all: tuple[Controller[Any], ...] = (
            Garbage(self.desk),
            self.nodes,
            Deployments(self.desk),
            ReplicaSets(self.desk),
            StatefulSets(self.desk),
            DaemonSets(self.desk),
            Scheduler(self.desk),
            self.kubelets,
            Budgets(self.desk),
            TaintEviction(self.desk),
            PodGarbage(self.desk),
            Volumes(self.desk),
            TokenSecrets(self.desk, access, ca),
        )
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.desk.is_open = True
        for controller in self._all:
            controller.start()
        self._task = asyncio.create_task(self._run())
        self._task.add_done_callback(_raise_failure)

    def stop(self) -> None:
        self.desk.is_open = False
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        turns = 0
        while True:
            await self.desk.wake.wait()
            await asyncio.sleep(SETTLE_SECONDS)
            self.desk.wake.clear()
            for controller in self._all:
                for key in controller.take():
                    controller.reconcile(key)
                    turns += 1
                    if turns % TURNS_BEFORE_YIELD == 0:
                        await asyncio.sleep(0)


def _raise_failure(task: asyncio.Task[None]) -> None:
    """A controller that failed is a defect of ours: let the loop's handler show it."""
    if not task.cancelled():
        task.result()
