"""Whole lists, page by page, and watches, of any kind."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

import msgspec
from urllib3.exceptions import HTTPError

from apps.fleet.errors import ClusterUnreachable, WatchExpired

from . import wire
from .calling import Caller, Reply
from .watching import WatchEnded

PAGE = 1000
CHUNK_BYTES = 65536
# How long after its own end a watch may still be silent before the connection counts as dead.
WATCH_SLACK_SECONDS = 5.0

T = TypeVar("T")
S = TypeVar("S")


class Listing(wire.Wire, Generic[T], frozen=True):
    metadata: wire.ListMetadata = wire.ListMetadata()
    items: list[T] | None = None


def listed(
    caller: Caller,
    call: str,
    path: str,
    decoder: msgspec.json.Decoder[Listing[T]],
    seen: Callable[[T], S],
    query: Mapping[str, str] | None = None,
) -> tuple[list[S], str]:
    """Every object at a path as `seen` sees it, and the version of the list."""
    items: list[S] = []
    ask = {**(query or {}), "limit": str(PAGE)}
    while True:
        reply = caller.get(call, path, ask)
        if reply.code == 410 and "continue" in ask:
            # The pages grew too old on the way: all at once, so that the list is of one moment. The fresh
            # token that comes with the refusal would bring a rest that does not fit what is here already.
            items, ask = [], dict(query or {})
            continue
        page = decoded(caller, call, reply, decoder)
        items += map(seen, page.items or ())
        if not page.metadata.continue_:
            return items, page.metadata.resource_version
        ask["continue"] = page.metadata.continue_


def watched(
    caller: Caller,
    plural: str,
    changes: Callable[[Iterable[bytes]], Iterator[T]],
    version: str,
    *,
    seconds: int,
) -> Iterator[T]:
    """The changes of a core kind since `version`, until the server ends the stream. Raises WatchExpired."""
    call = f"watch {plural}"
    query = {
        "watch": "true",
        "resourceVersion": version,
        "timeoutSeconds": str(seconds),
        "allowWatchBookmarks": "true",
    }
    response = caller.stream(call, f"/api/v1/{plural}", query, read_timeout=seconds + WATCH_SLACK_SECONDS)
    try:
        yield from changes(response.stream(CHUNK_BYTES))
    except WatchEnded as ended:
        if ended.is_expired:
            raise WatchExpired(what=plural, cluster=caller.cluster) from ended
        raise ClusterUnreachable(cluster=caller.cluster, why=str(ended)) from ended
    except (HTTPError, OSError) as error:
        raise caller.unreachable(error) from error
    except msgspec.DecodeError as error:
        raise not_kubernetes(caller, call, error) from error
    finally:
        response.close()


def decoded(caller: Caller, call: str, reply: Reply, decoder: msgspec.json.Decoder[T]) -> T:
    """What a reply holds. Raises ClusterRefused, ClusterUnreachable."""
    if not reply.is_success:
        raise caller.refused(call, reply)
    try:
        return decoder.decode(reply.body)
    except msgspec.DecodeError as error:
        raise not_kubernetes(caller, call, error) from error


def not_kubernetes(caller: Caller, call: str, error: msgspec.DecodeError) -> ClusterUnreachable:
    """Something between us and the API (a proxy, a login page) answered instead."""
    why = f"its answer to {call} is not Kubernetes' ({error})"
    return ClusterUnreachable(cluster=caller.cluster, why=why)
