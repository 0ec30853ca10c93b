"""Decoding a watch: one line, one change."""

from collections.abc import Iterable, Iterator

import msgspec

from . import wire
from .port import NodeChange, PodChange
from .reading import seen_node, seen_pod

EXPIRED = 410
BOOKMARK = "BOOKMARK"
LINE = msgspec.json.Decoder(wire.WatchLine)
NODE = msgspec.json.Decoder(wire.Node)
POD = msgspec.json.Decoder(wire.Pod)
STATUS = msgspec.json.Decoder(wire.Status)


class WatchEnded(Exception):
    """The server ended the watch with an ERROR event."""

    def __init__(self, status: wire.Status) -> None:
        super().__init__(status.message)
        self.status = status

    @property
    def is_expired(self) -> bool:
        return self.status.code == EXPIRED


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The whole lines of a stream; an unfinished last one is dropped: the next watch brings it again."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole


def node_changes(chunks: Iterable[bytes]) -> Iterator[NodeChange]:
    """Raises WatchEnded on an ERROR event, msgspec.DecodeError on what is no watch."""
    for kind, body in _events(chunks):
        node = NODE.decode(body)
        yield NodeChange(kind, None if kind == BOOKMARK else seen_node(node), node.metadata.resource_version)


def pod_changes(chunks: Iterable[bytes]) -> Iterator[PodChange]:
    """As `node_changes`."""
    for kind, body in _events(chunks):
        pod = POD.decode(body)
        yield PodChange(kind, None if kind == BOOKMARK else seen_pod(pod), pod.metadata.resource_version)


def _events(chunks: Iterable[bytes]) -> Iterator[tuple[str, msgspec.Raw]]:
    for line in lines(chunks):
        if line.strip():
            event = LINE.decode(line)
            if event.type == "ERROR":
                raise WatchEnded(STATUS.decode(event.object))
            yield event.type, event.object
