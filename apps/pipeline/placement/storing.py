"""Problems and certificates as rows hold them."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from apps.pipeline.optimizer.model import (
    Certificate,
    ExistingNode,
    Limits,
    Offering,
    Pod,
    Problem,
    RuleKind,
    Shape,
)

# Most of a problem is text that repeats: the quickest level takes nine tenths off.
LEVEL = 1


class Stored(msgspec.Struct, frozen=True):
    """A problem whose pods name their shape by its place: equal shapes are written, and read, once."""

    resources: tuple[str, ...]
    shapes: list[Shape]
    pods: list[tuple[str, int]]
    offerings: list[Offering]
    nodes: list[ExistingNode]
    limits: Limits
    placed: Mapping[str, Mapping[str, int]]


ENCODER = msgspec.msgpack.Encoder()
DECODER = msgspec.msgpack.Decoder(Stored)


def packed(problem: Problem) -> bytes:
    """A problem as bytes."""
    places: dict[Shape, int] = {}
    by_identity: dict[int, int] = {}
    pods = []
    for pod in problem.pods:
        place = by_identity.get(id(pod.shape))
        if place is None:
            place = by_identity[id(pod.shape)] = places.setdefault(pod.shape, len(places))
        pods.append((pod.id, place))
    stored = Stored(
        resources=problem.resources,
        shapes=list(places),
        pods=pods,
        offerings=list(problem.offerings),
        nodes=list(problem.nodes),
        limits=problem.limits,
        placed=problem.placed,
    )
    return zlib.compress(ENCODER.encode(stored), LEVEL)


def unpacked(stored: bytes) -> Problem:
    """The problem that `packed` stored."""
    found = DECODER.decode(zlib.decompress(stored))
    return Problem(
        resources=found.resources,
        pods=[Pod(name, found.shapes[place]) for name, place in found.pods],
        offerings=found.offerings,
        nodes=found.nodes,
        limits=found.limits,
        placed=found.placed,
    )


def certificate_json(certificate: Certificate) -> dict[str, Any]:
    """A certificate as JSON has it; numbers that are nothing are left out, as they may be."""
    return {
        "alpha": certificate.alpha,
        "duals": {str(key): value for key, value in certificate.duals.items() if value},
        "zone_duals": [
            [str(kind), group, zone, value]
            for (kind, group, zone), value in certificate.zone_duals.items()
            if value
        ],
        "weights": _weights({str(key): value for key, value in certificate.weights.items()}),
        "node_weights": _weights(certificate.node_weights),
        "share_duals": {str(key): value for key, value in certificate.share_duals.items() if value},
        "exact": {str(key): list(resources) for key, resources in certificate.exact.items()},
        "bound": certificate.bound,
        "parted": certificate.parted,
    }


def certificate_of(said: Mapping[str, Any]) -> Certificate:
    """The certificate that `certificate_json` wrote."""
    return Certificate(
        alpha=said["alpha"],
        duals={int(key): value for key, value in said["duals"].items()},
        zone_duals={(RuleKind(kind), group, zone): value for kind, group, zone, value in said["zone_duals"]},
        weights={int(key): tuple(value) for key, value in said["weights"].items()},
        node_weights={name: tuple(value) for name, value in said["node_weights"].items()},
        share_duals={int(key): value for key, value in said["share_duals"].items()},
        exact={int(key): tuple(resources) for key, resources in said["exact"].items()},
        bound=said["bound"],
        parted=said.get("parted", False),
    )


def _weights(weights: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    return {name: list(each) for name, each in weights.items() if any(each)}
