"""What a fleet needs of a cloud account, in the fleet's words. `aws.py` is the one adapter.

Times are aware UTC, prices USD per hour, memory MiB, CPU milli-cores.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SeenInstance:
    """An instance as EC2 describes it."""

    id: str
    state: str  # pending, running, shutting-down, terminated, stopping, stopped
    instance_type: str
    zone: str
    lifecycle: str  # spot, on_demand
    launched_at: datetime
    private_dns: str = ""
    image_id: str = ""
    subnet_id: str = ""
    security_group_ids: tuple[str, ...] = ()
    instance_profile_arn: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SeenGroup:
    """An Auto Scaling group."""

    name: str
    min_size: int
    desired: int
    max_size: int
    launch_template_id: str
    launch_template_version: str
    instance_ids: tuple[str, ...]
    subnet_ids: tuple[str, ...]
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LaunchSpec:
    """Everything but type, zone and price that an instance is launched with."""

    image_id: str
    user_data: str  # decoded
    instance_profile_arn: str
    security_group_ids: tuple[str, ...]
    block_devices: tuple[Mapping[str, object], ...]
    metadata_options: Mapping[str, object]
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OwnLaunchTemplate:
    """A launch template that the platform made."""

    id: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """One pool to launch from, with the subnet that puts the instance into its zone."""

    instance_type: str
    zone: str
    subnet_id: str
    lifecycle: str


@dataclass(frozen=True, slots=True)
class LaunchRequest:
    """One instance from the first of `offers` that has room; all offers share one lifecycle."""

    launch_template_id: str
    launch_template_version: str
    offers: tuple[Offer, ...]
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Launched:
    id: str
    instance_type: str
    zone: str
    lifecycle: str
    without_capacity: tuple[tuple[str, str], ...] = ()  # (type, zone) that were tried and had no room


@dataclass(frozen=True, slots=True)
class TypeShape:
    name: str
    architecture: str  # amd64, arm64
    cpu_milli: int
    memory_mib: int
    gpus: int
    max_pods: int


@dataclass(frozen=True, slots=True)
class SpotPrice:
    instance_type: str
    zone: str
    at: datetime
    price_hourly_usd: Decimal


@dataclass(frozen=True, slots=True)
class SeenQuota:
    """How many vCPUs of the families that begin like these an account may run in the region."""

    code: str
    lifecycle: str  # spot, on_demand
    families: tuple[str, ...]
    vcpus: float


@dataclass(frozen=True, slots=True)
class QueueMessage:
    body: str
    receipt: str


@dataclass(frozen=True, slots=True)
class SeenCluster:
    """An EKS cluster. While it is being made it has neither an address nor a certificate."""

    name: str
    version: str
    status: str  # CREATING, ACTIVE, UPDATING, DELETING, FAILED, PENDING
    endpoint: str
    certificate_authority: str = field(repr=False)  # PEM


@dataclass(frozen=True, slots=True)
class Trial:
    """What AWS said to a harmless try of an action."""

    allowed: bool
    known: bool = True  # False where what the try needs could not be had: then nothing is known
    queue_missing: bool = False  # allowed, but there is no such queue


class Cloud(Protocol):
    """A cloud account in one region.

    Every method may raise CloudUnreachable, Throttled, AccessDenied and CloudRefused (apps.fleet.errors);
    what a method raises beside is named there.
    """

    def instances(self, *, launched_after: datetime | None = None) -> Iterator[SeenInstance]:
        """Every instance that is not terminated, page by page."""

    def instances_by_id(self, ids: Iterable[str]) -> dict[str, SeenInstance]:
        """The instances among `ids` that EC2 knows, in any state; unknown ones are simply absent."""

    def passed_status_checks(self, ids: Iterable[str]) -> frozenset[str]:
        """The running instances among `ids` whose system and instance checks are both ok."""

    def groups(self) -> Iterator[SeenGroup]:
        """Every Auto Scaling group, page by page."""

    def launch_spec(self, template_id: str, version: str) -> LaunchSpec:
        """What a launch template's version holds."""

    def launch_spec_of_instance(self, instance_id: str) -> LaunchSpec:
        """What an instance was launched with. Raises InstanceMissing."""

    def subnets(self, ids: Iterable[str]) -> dict[str, str]:
        """Zone of each subnet."""

    def published_image_name(self, image_id: str) -> str:
        """The name of an image that AWS itself published; empty for anybody else's or one that is gone."""

    def public_image(self, parameter: str) -> str:
        """Id of the image that a public parameter of AWS names. Raises ImageMissing."""

    def ensure_launch_template(self, name: str, spec: LaunchSpec, *, owner: str) -> tuple[str, str]:
        """Id and version of the platform's own template `name`, holding exactly `spec`.

        `owner` tells our templates from those of another installation. Raises TemplateInvalid.
        """

    def own_launch_templates(self, owner: str) -> Iterator[OwnLaunchTemplate]:
        """The templates that `ensure_launch_template` made for `owner`, page by page."""

    def delete_launch_template(self, template_id: str) -> None:
        """Delete a template with all its versions; deleting twice is once."""

    def delete_old_versions(self, template_id: str, *, current: str, last: int) -> int:
        """Delete a template's versions but `current` and the `last` newest; how many went."""

    def launch(self, request: LaunchRequest, *, token: str) -> Launched:
        """Launch one instance; the same token launches once, however often it is asked.

        Raises InsufficientCapacity, TemplateInvalid.
        """

    def try_launch(self, request: LaunchRequest) -> None:
        """Ask whether the launch would be allowed (DryRun). Raises AccessDenied, TemplateInvalid."""

    def terminate(self, instance_id: str) -> None:
        """Terminate; terminating twice is once. Raises InstanceMissing."""

    def terminate_in_group(self, instance_id: str) -> None:
        """Terminate a group's member and lower the group's desired count by one. Twice is once.

        Raises GroupAtMinimum, InstanceMissing.
        """

    def tag(self, instance_id: str, tags: Mapping[str, str]) -> None:
        """Add tags to an instance. Raises InstanceMissing."""

    def group(self, name: str) -> SeenGroup:
        """One Auto Scaling group. Raises GroupMissing."""

    def set_desired(self, group: str, desired: int) -> None:
        """Set a group's desired count; setting it twice is once. Raises GroupTooSmall, GroupMissing."""

    def untag(self, instance_id: str, keys: Collection[str]) -> None:
        """Remove tags from an instance; absent ones are fine. Raises InstanceMissing."""

    def instance_types(self) -> Iterator[TypeShape]:
        """Every type offered in the region, with its shape."""

    def offerings(self) -> Iterator[tuple[str, str]]:
        """(type, zone) for every offering of the region."""

    def spot_prices(
        self, *, since: datetime, until: datetime | None = None, types: Sequence[str] = ()
    ) -> Iterator[SpotPrice]:
        """Linux spot prices of the region, newest first, with the price in force at `since`."""

    def on_demand_prices(self) -> dict[str, Decimal]:
        """Linux, shared tenancy, per instance type of the region; from the Price List API."""

    def placement_scores(self, types: Sequence[str], *, nodes: int) -> dict[str, int]:
        """How likely so many spot nodes of any of `types` succeed now, 1 to 10, by zone.

        AWS takes few different questions a day from an account: the same types and number are the same one.
        """

    def quotas(self) -> Iterator[SeenQuota]:
        """What the account may run in the region, spot and on-demand, as far as AWS's quotas are known."""

    def receive(self, queue_url: str, *, wait_seconds: int = 20) -> list[QueueMessage]:
        """Up to ten messages of a queue, long-polled."""

    def acknowledge(self, queue_url: str, receipts: Iterable[str]) -> None:
        """Delete messages from a queue."""

    def eks_clusters(self) -> Iterator[SeenCluster]:
        """The region's EKS clusters, asked for one by one."""

    def eks_cluster(self, name: str) -> SeenCluster:
        """Raises EksClusterMissing."""

    def cluster_token(self, name: str) -> str:
        """A bearer token for an EKS cluster's API, good for ten minutes."""

    def try_platform(self) -> None:
        """Whether AWS knows the platform itself; raises what keeps it from being known."""

    def try_role(self) -> None:
        """Assume the role anew. Raises AccessDenied where its trust policy does not let the platform in."""

    def try_role_without_id(self) -> None:
        """As try_role, without the external id: a role that is well protected raises AccessDenied."""

    def try_action(self, action: str, *, queue_url: str = "") -> Trial:
        """Whether the account allows an action ("ec2:CreateFleet"), tried without effect.

        Raises LookupError for an action that cannot be tried alone.
        """

    def end_trials(self) -> None:
        """Remove what trials had to make; safe where there is nothing."""
