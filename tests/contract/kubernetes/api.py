"""Plain HTTP to one cluster, nothing between the test and the wire."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

import requests

Obj = dict[str, Any]
JSON = "application/json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"


class Watch:
    """The lines of a watch; use it as a context."""

    def __init__(self, response: requests.Response) -> None:
        self.response = response
        self._lines = response.iter_lines(chunk_size=None)

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.response.close()

    def __iter__(self) -> Iterator[Obj]:
        return (json.loads(line) for line in self._lines if line)

    def until(self, is_last: Callable[[Obj], bool]) -> list[Obj]:
        """The events up to the one that `is_last` accepts; fails where the stream ends before."""
        seen = []
        for event in self:
            seen.append(event)
            if is_last(event):
                return seen
        raise AssertionError(f"the watch ended after {[(e['type'], e['object']) for e in seen]}")

    def rest(self) -> list[Obj]:
        """Everything until the server ends the stream."""
        return list(self)


class Api:
    """A cluster's address and a token; paths are below that address."""

    def __init__(self, server: str, token: str | None, ca_file: str) -> None:
        self.server, self.token, self.ca_file = server, token, ca_file
        self._session = requests.Session()
        # The machine's own proxy and CA settings are for the internet, not for this server.
        self._session.trust_env = False
        self._session.verify = ca_file
        if token is not None:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def with_token(self, token: str | None) -> Api:
        return Api(self.server, token, self.ca_file)

    def request(
        self, method: str, path: str, body: Any = None, media: str = JSON, **query: str
    ) -> requests.Response:
        data = None if body is None else body if isinstance(body, (bytes, str)) else json.dumps(body)
        headers = {} if data is None else {"Content-Type": media}
        return self._session.request(
            method, self.server + path, data=data, headers=headers, params=query, timeout=(5, 70)
        )

    def get(self, path: str, **query: str) -> requests.Response:
        return self.request("GET", path, **query)

    def post(self, path: str, body: Any, **query: str) -> requests.Response:
        return self.request("POST", path, body, **query)

    def put(self, path: str, body: Any, **query: str) -> requests.Response:
        return self.request("PUT", path, body, **query)

    def patch(self, path: str, body: Any, media: str = MERGE, **query: str) -> requests.Response:
        return self.request("PATCH", path, body, media, **query)

    def delete(self, path: str, body: Any = None, **query: str) -> requests.Response:
        return self.request("DELETE", path, body, **query)

    def read(self, path: str, **query: str) -> Obj:
        """A GET that must succeed."""
        return answered(self.get(path, **query), 200)

    def make(self, path: str, body: Obj, **query: str) -> Obj:
        """A POST that must create."""
        return answered(self.post(path, body, **query), 201)

    def watch(self, path: str, *, seconds: int = 15, **query: str) -> Watch:
        """Open a watch that the server ends after some seconds; raises nothing for a refusal."""
        params = {"watch": "1", "timeoutSeconds": str(seconds), **query}
        response = self._session.get(
            self.server + path, params=params, stream=True, timeout=(5, seconds + 10)
        )
        return Watch(response)


def answered(response: requests.Response, code: int) -> Obj:
    """The body of a response that must have this code."""
    assert response.status_code == code, f"{response.status_code}: {response.text}"
    body: Obj = response.json()
    return body


def eventually(check: Callable[[], Any], *, within: float = 10.0) -> Any:
    """What `check` returns once that is truthy; fails with its last answer after `within` seconds."""
    ends = time.monotonic() + within
    while True:
        found = check()
        if found:
            return found
        assert time.monotonic() < ends, f"still {found!r} after {within} s"
        time.sleep(0.02)
