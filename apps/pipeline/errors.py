"""What can go wrong in the loops."""

from atharva.api.problems import Conflict, Refusal, Unavailable


class AlreadyRunning(Conflict):
    code = "already_running"
    message = "{what} is being done by another worker."
    hint = "Its result appears in a moment."


class SourceUnavailable(Unavailable):
    code = "source_unavailable"
    message = "{source} cannot be read: {why}."
    hint = "The platform tries again by itself; older values stay in force until then."


class HistoryUnreadable(Refusal):
    code = "history_unreadable"
    message = "The history in {source} cannot be replayed: {why}."
    hint = "Name a folder with the files that `manage.py replay --help` lists, or a cluster with prices."


class PackingUnreadable(Refusal):
    code = "packing_unreadable"
    message = "The packing in {path} cannot be read: {why}."
    hint = "`manage.py plan --help` says what it holds."


class PlanLost(Unavailable):
    code = "plan_lost"
    message = "The plan for {cluster} was lost on the way."
    hint = "Ask again; if it happens again, look at the solver in the System Monitor."
