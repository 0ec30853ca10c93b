"""What can go wrong in the loops."""

from atharva.api.problems import Conflict, Unavailable


class AlreadyRunning(Conflict):
    code = "already_running"
    message = "{what} is being done by another worker."
    hint = "Its result appears in a moment."


class SourceUnavailable(Unavailable):
    code = "source_unavailable"
    message = "{source} cannot be read: {why}."
    hint = "The platform tries again by itself; older values stay in force until then."
