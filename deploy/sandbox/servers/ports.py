"""Ports nobody listens on."""

import socket
from contextlib import ExitStack

from deploy.sandbox.servers.daemon import wait_until

LOOPBACK = "127.0.0.1"
RELEASE_SECONDS = 1.0


def free_port(preferred: int | None = None) -> int:
    """`preferred` where nobody has it or it is given up within a second, else one the system picks.

    Another process may take it before the caller does: whoever binds it must be ready to ask again.
    """
    # A server that was killed holds its port until its last thread has ended.
    if preferred and wait_until(lambda: is_free(preferred), RELEASE_SECONDS):
        return preferred
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def claim_port(preferred: int | None, claims: ExitStack) -> int:
    """A free port that no other sandbox picks until `claims` is closed.

    The server that will listen on it starts later, so something must say "taken" meanwhile. The UDP port of
    the same number does: nobody serves it, the system gives it up with the process that holds it, and unlike
    a lock file it is the same for every account and every checkout of the machine.
    """
    while True:
        port = free_port(preferred)
        claim = claims.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        try:
            claim.bind((LOOPBACK, port))
        except OSError:
            preferred = None
            continue
        return port


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` of the loopback address now."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections are in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
