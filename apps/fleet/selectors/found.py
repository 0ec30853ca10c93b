"""The EKS clusters of an account, as the page for connecting one lists them."""

from dataclasses import dataclass
from uuid import UUID

from ..models import CloudAccount, Cluster
from ..services.connecting.eks import FoundCluster, FoundInRegion, found_clusters
from .rights import Rights, rights_in_eks


@dataclass(frozen=True, slots=True)
class Candidate:
    """A cluster, what lets the platform into it, and which of ours it is already."""

    cluster: FoundCluster
    rights: Rights
    connected_as: UUID | None


@dataclass(frozen=True, slots=True)
class Found:
    """`regions` in the account's order; `candidates` of them all, those to connect first."""

    regions: list[FoundInRegion]
    candidates: list[Candidate]

    @property
    def open(self) -> int:
        """How many are not connected."""
        return sum(candidate.connected_as is None for candidate in self.candidates)

    @property
    def problems(self) -> list[FoundInRegion]:
        return [region for region in self.regions if region.problem]


def found_in(account: CloudAccount) -> Found:
    """What EKS has in the account's regions, at most a minute old."""
    regions = found_clusters(account)
    connected = dict(Cluster.objects.in_use().filter(account=account).order_by().values_list("name", "pk"))
    candidates = [
        Candidate(
            one,
            rights_in_eks(account, name=one.name, region=one.region),
            connected.get(one.name),
        )
        for region in regions
        for one in region.clusters
    ]
    candidates.sort(key=lambda candidate: candidate.connected_as is not None)
    return Found(regions, candidates)
