"""From which zones the volumes behind claims can be reached."""

from collections.abc import Collection, Iterator, Mapping
from functools import reduce
from operator import and_, or_
from urllib.parse import quote

import msgspec

from . import wire
from .calling import Caller
from .listing import Listing, listed
from .port import Claim

CLAIMS = msgspec.json.Decoder(Listing[wire.Claim])
VOLUMES = msgspec.json.Decoder(Listing[wire.PersistentVolume])
Zones = frozenset[str]
Bound = tuple[Claim, str]  # a claim and the name of its volume, empty where it has none yet

# Beyond so many one list of all of them is cheaper.
ONE_BY_ONE = 8
ZONE_KEYS = (
    "topology.kubernetes.io/zone",
    "topology.ebs.csi.aws.com/zone",
    "failure-domain.beta.kubernetes.io/zone",
)
ZONE_SEPARATOR = "__"


def claim_zones(caller: Caller, claims: Collection[Claim]) -> dict[Claim, Zones | None]:
    """See port.Kube."""
    bound = dict(_bound(caller, claims))
    zones = dict(_zones_of_volumes(caller, frozenset(filter(None, bound.values()))))
    return {claim: zones.get(volume) for claim, volume in bound.items()}


def zones_of(volume: wire.PersistentVolume) -> Zones | None:
    """None where a volume can be reached from everywhere."""
    affinity = volume.spec.node_affinity
    terms = (affinity.required.node_selector_terms if affinity and affinity.required else None) or ()
    by_term = [_zones_in(term) for term in terms]
    said = [reduce(or_, (zones for zones in by_term if zones))] if by_term and all(by_term) else []
    # Volumes of the time before drivers carry their zones as a label.
    said += [frozenset(text.split(ZONE_SEPARATOR)) for text in _zone_labels(volume.metadata)]
    return reduce(and_, said) if said else None


def _zones_in(term: wire.NodeSelectorTerm) -> Zones | None:
    asked = [
        frozenset(expression.values or ())
        for expression in term.match_expressions or ()
        if expression.key in ZONE_KEYS and expression.operator == "In"
    ]
    return reduce(and_, asked) if asked else None


def _zone_labels(metadata: wire.Metadata) -> Iterator[str]:
    labels = metadata.labels or {}
    return (labels[key] for key in ZONE_KEYS if key in labels)


def _bound(caller: Caller, claims: Collection[Claim]) -> Iterator[Bound]:
    if len(claims) > ONE_BY_ONE:
        wanted = frozenset(claims)
        everywhere = _claims(caller, "/api/v1/persistentvolumeclaims")
        yield from ((claim, volume) for claim, volume in everywhere if claim in wanted)
        return
    for namespace, name in claims:
        path = f"/api/v1/namespaces/{quote(namespace, '')}/persistentvolumeclaims"
        yield from _claims(caller, path, _called(name))


def _claims(caller: Caller, path: str, query: Mapping[str, str] | None = None) -> list[Bound]:
    return listed(caller, "list persistentvolumeclaims", path, CLAIMS, _binding, query)[0]


def _binding(claim: wire.Claim) -> Bound:
    return (claim.metadata.namespace, claim.metadata.name), claim.spec.volume_name


def _zones_of_volumes(caller: Caller, names: Collection[str]) -> Iterator[tuple[str, Zones | None]]:
    queries = [_called(name) for name in names] if len(names) <= ONE_BY_ONE else [None]
    for query in queries:
        yield from listed(
            caller, "list persistentvolumes", "/api/v1/persistentvolumes", VOLUMES, _named_zones, query
        )[0]


def _named_zones(volume: wire.PersistentVolume) -> tuple[str, Zones | None]:
    return volume.metadata.name, zones_of(volume)


def _called(name: str) -> dict[str, str]:
    return {"fieldSelector": f"metadata.name={name}"}
