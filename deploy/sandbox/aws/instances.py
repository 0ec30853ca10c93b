"""An instance whose life takes time."""

import base64
import copy
import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.ec2.models.instances import Instance, InstanceState, StateReason

from deploy.sandbox.aws import events
from deploy.sandbox.aws.capacity import Lifecycle, PoolKey

if TYPE_CHECKING:
    from deploy.sandbox.aws.ec2 import SandboxEC2Backend

PENDING, RUNNING, SHUTTING_DOWN, TERMINATED = (
    ("pending", 0),
    ("running", 16),
    ("shutting-down", 32),
    ("terminated", 48),
)
# The status checks pass this many boot times after the instance runs.
CHECKS_PER_BOOT = 2
USER_SHUTDOWN = StateReason(
    "Client.UserInitiatedShutdown: User initiated shutdown", "Client.UserInitiatedShutdown"
)
SPOT_TERMINATION = StateReason(
    "Server.SpotInstanceTermination: Spot instance termination", "Server.SpotInstanceTermination"
)


class SandboxInstance(Instance):
    """pending -> running -> shutting-down -> terminated -> forgotten, each step announced."""

    ec2_backend: "SandboxEC2Backend"
    # Set by a group on its members, absent otherwise: moto asks with hasattr.
    autoscaling_group: Any

    def __init__(self, ec2_backend: "SandboxEC2Backend", *args: Any, **kwargs: Any) -> None:
        super().__init__(ec2_backend, *args, **kwargs)
        self._state = InstanceState(*PENDING)
        self.running_since: float | None = None
        self.reservation_id = ""
        self.spot_instance_request_id = f"sir-{secrets.token_hex(4)}" if self.lifecycle == "spot" else None
        ec2_backend.instances_by_id[self.id] = self

    @property
    def instance_id(self) -> str:
        return str(self.id)

    @property
    def pool(self) -> PoolKey:
        lifecycle: Lifecycle = "spot" if self.lifecycle == "spot" else "on-demand"
        return PoolKey(self.instance_type, str(self.availability_zone), lifecycle)

    @property
    def is_live(self) -> bool:
        """Still holds capacity: not on its way out."""
        return self.state not in ("shutting-down", "terminated")

    @property
    def instance_status(self) -> dict[str, Any]:
        return self._checks()

    @property
    def system_status(self) -> dict[str, Any]:
        return self._checks()

    def _checks(self) -> dict[str, Any]:
        if self.state != "running" or self.running_since is None:
            return {"Status": "not-applicable"}
        checking_seconds = CHECKS_PER_BOOT * self.ec2_backend.world.settings.boot_seconds
        if time.monotonic() - self.running_since < checking_seconds:
            return {"Details": [{"Name": "reachability", "Status": "initializing"}], "Status": "initializing"}
        return {"Details": [{"Name": "reachability", "Status": "passed"}], "Status": "ok"}

    def begin(self, reservation_id: str) -> None:
        """Announce the launch, once everything about the instance is known."""
        self.reservation_id = reservation_id
        world = self.ec2_backend.world
        world.capacity.take(self.owner_id, self.pool)
        self._announce()
        world.scheduler.after(world.settings.boot_seconds, self._boot)

    def _boot(self) -> None:
        if self.state == "pending":
            self._enter(RUNNING)

    def start(self) -> InstanceState:
        previous = super().start()
        self._enter(RUNNING)
        return previous

    def stop(self) -> InstanceState:
        previous = super().stop()
        self._announce()
        return previous

    def terminate(self, reason: StateReason = USER_SHUTDOWN) -> InstanceState:
        """Begin the shutdown; safe to call again. Returns the state it was in."""
        previous = copy.copy(self._state)
        if not self.is_live:
            return previous
        world = self.ec2_backend.world
        world.interruptions.pop(self.id, None)
        world.capacity.give_back(self.owner_id, self.pool)
        self.state_reason = reason
        told = "User initiated" if reason is USER_SHUTDOWN else reason.code
        self._reason = f"{told} ({datetime.now(UTC):%Y-%m-%d %H:%M:%S} GMT)"
        self._enter(SHUTTING_DOWN)
        self.ec2_backend.member_left(self)
        world.scheduler.after(world.settings.shutdown_seconds, self._finish, reason)
        return previous

    def interrupt(self, seconds: float) -> None:
        """What AWS does when it takes a spot instance back: warn, and terminate after `seconds`."""
        world = self.ec2_backend.world
        world.interruptions[self.id] = time.time() + seconds
        events.interruption_warning(self)
        world.scheduler.after(seconds, self._take_back)

    def _take_back(self) -> None:
        if self.is_live:
            self.terminate(SPOT_TERMINATION)

    def _finish(self, reason: StateReason) -> None:
        transition_reason = self._reason
        super().terminate()
        self.state_reason, self._reason = reason, transition_reason
        self.ec2_backend.free_addresses(str(self.subnet_id), self._private_ips)
        self._private_ips = set()
        self._announce()
        self.ec2_backend.world.scheduler.after(
            self.ec2_backend.world.settings.remembered_seconds, self.ec2_backend.forget, self
        )

    def _enter(self, state: tuple[str, int]) -> None:
        self._state = InstanceState(*state)
        if state == RUNNING:
            self.running_since = time.monotonic()
        self._announce()

    def _announce(self) -> None:
        self.ec2_backend.world.feed.append(self.as_change())
        events.state_changed(self)

    def _decoded_user_data(self) -> str:
        # User data may be packed; then it is no text, and no news either.
        return base64.b64decode(str(self.user_data or "")).decode(errors="replace")

    def as_change(self) -> dict[str, Any]:
        """The instance as the change feed tells of it."""
        profile = self.iam_instance_profile or {}
        return {
            "instance_id": self.id,
            "account_id": self.owner_id,
            "region": self.region_name,
            "zone": self.availability_zone,
            "instance_type": self.instance_type,
            "architecture": self.architecture,
            "state": self.state,
            "lifecycle": self.pool.lifecycle,
            "private_ip": self.private_ip,
            "private_dns_name": self.private_dns_name,
            "image_id": self.image_id,
            "user_data": self._decoded_user_data(),
            "instance_profile": profile.get("Arn"),
            "subnet_id": self.subnet_id,
            "security_groups": [group.id for group in self.security_groups],
            "tags": dict(self.ec2_backend.tags.get(self.id, {})),
            "launch_time": self.launch_time.replace(tzinfo=UTC).isoformat(),
        }
