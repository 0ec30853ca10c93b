"""A call to a cluster's API: its metrics, its second try, and what its refusals are called."""

import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from kubernetes.client.exceptions import ApiException
from prometheus_client import Counter, Histogram
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError

from apps.fleet.errors import ClusterForbidden, ClusterRefused, ClusterUnauthorized, ClusterUnreachable

from .session import Response, Session
from .wire import Status

CALLS = Counter("kubernetes_calls", "Calls to clusters' APIs", ["call", "code"])
SECONDS = Histogram("kubernetes_call_seconds", "How long clusters' APIs took to answer", ["call"])

READ_TRIES = 2
PAUSE_SECONDS = 0.2
BUSY = frozenset({429, 500, 502, 503, 504})
NO_ANSWER = "0"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the API, read to its end."""

    code: int
    body: bytes
    retry_after_seconds: int = 0

    @property
    def is_success(self) -> bool:
        return 200 <= self.code < 300

    @property
    def status(self) -> Status:
        """The refusal in the API's words; an empty one with the bare text where it is not its own."""
        try:
            return msgspec.json.decode(self.body, type=Status)
        except msgspec.DecodeError:
            return Status(code=self.code, message=self.body[:200].decode(errors="replace").strip())


class Caller:
    """Calls one cluster's API; `cluster` is its name in errors."""

    def __init__(self, session: Session, *, cluster: str) -> None:
        self._session = session
        self.cluster = cluster

    def get(self, call: str, path: str, query: Mapping[str, str] | None = None) -> Reply:
        """A read, tried once more where the API did not answer or was busy.

        Raises ClusterUnreachable, ClusterUnauthorized, ClusterForbidden. Any other answer is returned.
        """
        for left in reversed(range(READ_TRIES)):
            try:
                return self.send(call, "GET", path, query=query)
            except ClusterUnreachable as error:
                # A timeout has already cost the caller all that a call may cost.
                if not left or _is_timeout(error.__cause__):
                    raise
            time.sleep(PAUSE_SECONDS * random.uniform(0.5, 1.5))
        raise AssertionError("the last try returns or raises")

    def send(
        self,
        call: str,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        content_type: str = "application/json",
        passing: frozenset[int] = frozenset(),
    ) -> Reply:
        """One request, never repeated here. `passing`: answers that the caller wants instead of an error.

        Raises as `get` does.
        """
        began = time.perf_counter()
        code = NO_ANSWER
        try:
            response = self._session.send(method, path, query=query, body=body, content_type=content_type)
            reply = Reply(response.status, response.data, _retry_after(response.headers))
            code = str(reply.code)
        except (HTTPError, ApiException, OSError) as error:
            raise self.unreachable(error) from error
        finally:
            SECONDS.labels(call).observe(time.perf_counter() - began)
            CALLS.labels(call, code).inc()
        if not reply.is_success and reply.code not in passing:
            self.raise_common(call, reply)
        return reply

    def stream(self, call: str, path: str, query: Mapping[str, str], *, read_timeout: float) -> Response:
        """A response whose body has not been read. Raises as `get` does, and ClusterRefused."""
        try:
            response = self._session.send("GET", path, query=query, read_timeout=read_timeout)
            CALLS.labels(call, str(response.status)).inc()
            if response.status == 200:
                return response
            reply = Reply(response.status, response.data)
        except (HTTPError, ApiException, OSError) as error:
            CALLS.labels(call, NO_ANSWER).inc()
            raise self.unreachable(error) from error
        self.raise_common(call, reply)
        raise self.refused(call, reply)

    def raise_common(self, call: str, reply: Reply) -> None:
        """Raise what any call may meet: 401, 403, and an API that is too busy or broken to answer."""
        match reply.code:
            case 401:
                raise ClusterUnauthorized(cluster=self.cluster)
            case 403:
                raise ClusterForbidden(cluster=self.cluster, call=call, why=reply.status.message)
            case code if code in BUSY:
                why = reply.status.message or f"HTTP {code}"
                raise ClusterUnreachable(cluster=self.cluster, why=why)

    def refused(self, call: str, reply: Reply) -> ClusterRefused:
        why = reply.status.message or f"HTTP {reply.code}"
        return ClusterRefused(cluster=self.cluster, call=call, why=why)

    def unreachable(self, error: Exception) -> ClusterUnreachable:
        return ClusterUnreachable(cluster=self.cluster, why=_why(error))


def _is_timeout(error: BaseException | None) -> bool:
    # A refused connection is a ConnectTimeoutError by inheritance alone.
    return isinstance(error, ReadTimeoutError | ConnectTimeoutError) and not isinstance(
        error, NewConnectionError
    )


def _why(error: Exception) -> str:
    """The cause in words that a person can act on; the library's own text holds object addresses."""
    match error:
        case NewConnectionError():
            return re.sub(r"^.*?: ", "", str(error), count=1)
        case ConnectTimeoutError():
            return "no connection within the time limit"
        case ReadTimeoutError():
            return "no answer within the time limit"
    return re.sub(r"<[^>]* object at 0x[0-9a-f]+>:? ?", "", str(error)).replace("\n", ": ")[:200]


def _retry_after(headers: Mapping[str, str]) -> int:
    text = headers.get("Retry-After", "")
    return int(text) if text.isdigit() else 0
