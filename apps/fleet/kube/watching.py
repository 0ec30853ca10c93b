"""Decoding a watch: one line, one change."""

from collections.abc import Iterable, Iterator

import msgspec

from . import wire
from .port import NodeChange
from .reading import seen_node

EXPIRED = 410
LINE = msgspec.json.Decoder(wire.WatchLine)
NODE = msgspec.json.Decoder(wire.Node)
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
    for line in lines(chunks):
        if not line.strip():
            continue
        event = LINE.decode(line)
        if event.type == "ERROR":
            raise WatchEnded(STATUS.decode(event.object))
        node = NODE.decode(event.object)
        version = node.metadata.resource_version
        yield NodeChange(event.type, None if event.type == "BOOKMARK" else seen_node(node), version)
