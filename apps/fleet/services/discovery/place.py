"""An account's region, and what is needed to say where in it an instance belongs."""

from dataclasses import dataclass, field
from uuid import UUID

from apps.fleet.cloud import Cloud, cloud_in
from apps.fleet.models import CloudAccount, Cluster, InstanceType, NodeGroup

from .types import learn_types


@dataclass(slots=True)
class Place:
    """Three queries make one, whatever is then stored in it."""

    account: CloudAccount
    region: str
    cloud: Cloud
    clusters: dict[str, UUID]
    groups: dict[str, UUID]
    types: set[str]
    _asked_for_types: bool = field(default=False, init=False)

    def knows_type(self, name: str) -> bool:
        """Whether the type has a row; the region is asked for its types once when one has none."""
        if name not in self.types and not self._asked_for_types:
            self._asked_for_types = True
            self.types |= learn_types(self.cloud)
        return name in self.types

    def reload_groups(self) -> None:
        self.groups = groups_of(self.account, self.region)


def place_of(account: CloudAccount, region: str) -> Place:
    clusters = Cluster.objects.in_use().filter(account=account, region=region)
    return Place(
        account=account,
        region=region,
        cloud=cloud_in(account, region),
        clusters=dict(clusters.values_list("name", "pk").order_by()),
        groups=groups_of(account, region),
        types=set(InstanceType.objects.values_list("name", flat=True).order_by()),
    )


def groups_of(account: CloudAccount, region: str) -> dict[str, UUID]:
    """The region's groups by name."""
    rows = NodeGroup.objects.filter(account=account, region=region)
    return dict(rows.values_list("name", "pk").order_by())
