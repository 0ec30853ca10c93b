"""Waiting until an HTTP server on this machine answers as it should."""

import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable

POLL_SECONDS = 0.2
ANSWER_SECONDS = 5.0

_DIRECT = urllib.request.ProxyHandler({})


class NotHealthy(Exception):
    """A server did not come up in time; the message says which and what its last answer was."""


def opener() -> urllib.request.OpenerDirector:
    """For this machine's own servers only: no proxy, and their self-signed certificates are accepted."""
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    return urllib.request.build_opener(_DIRECT, urllib.request.HTTPSHandler(context=trusting))


def wait_healthy(what: str, url: str, *, seconds: float, give_up: Callable[[], bool] = lambda: False) -> None:
    """Return once `url` answers 200.

    Raises NotHealthy after `seconds`, or as soon as `give_up` says that it never will.
    """
    deadline = time.monotonic() + seconds
    ask = opener()
    answer = "nothing"
    while True:
        try:
            with ask.open(url, timeout=ANSWER_SECONDS):
                return
        except urllib.error.HTTPError as error:
            answer = f"{error.code} {error.read(500).decode(errors='replace')}".strip()
        except OSError as error:
            answer = str(error)
        if give_up() or time.monotonic() > deadline:
            raise NotHealthy(f"{what} is not ready at {url}: {answer}")
        time.sleep(POLL_SECONDS)
