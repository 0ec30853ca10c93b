"""Whether a cluster may take a step of trust: observe, dry run, active. The way back is always open."""

from collections.abc import Iterator

from ..errors import ModeRefused
from ..kube.permissions import BY_NAME, STEPS
from ..models import Cluster, ConnectionTest
from ..statuses import AccessKind, ConnectionTestState, Mode

# What an AWS action is called that changes nothing: enough for deciding without doing.
READING = ("Describe", "Get", "List", "Receive")
EKS = "eks:"


def require_mode(cluster: Cluster, mode: Mode) -> None:
    """Raise ModeRefused where something that `mode` needs is known to be missing."""
    for why in obstacles(cluster, mode):
        raise ModeRefused(cluster=cluster.name, mode=mode.label.lower(), why=why)


def obstacles(cluster: Cluster, mode: Mode) -> list[str]:
    """What is known to stand in the way of `mode`, a sentence each.

    Nothing known is no obstacle: what nobody has tried yet is met by the platform's own refusals.
    """
    if mode == Mode.OBSERVE:
        return []
    of_account, of_cluster = _last_test(cluster, of_cluster=None), _last_test(cluster, of_cluster=cluster)
    return [
        *_missing_in_account(cluster, of_account, mode),
        *_missing_in_cluster(of_cluster, mode),
        *_no_template(cluster, of_cluster, mode),
    ]


def is_forward(before: Mode, after: Mode) -> bool:
    """Whether the step gives the platform more to do on its own."""
    return STEPS.index(after) > STEPS.index(before)


def _last_test(cluster: Cluster, of_cluster: Cluster | None) -> ConnectionTest | None:
    done = ConnectionTest.objects.filter(account=cluster.account_id, state=ConnectionTestState.DONE)
    return done.filter(cluster=of_cluster).order_by("-created_at").first()


def _missing_in_account(cluster: Cluster, test: ConnectionTest | None, mode: Mode) -> Iterator[str]:
    if test is None:
        return
    if test.problem:
        yield f"the last test of account {cluster.account.name} could try nothing: {test.problem}"
    for action in test.missing:
        if action.startswith(EKS) and cluster.access != AccessKind.EKS:
            continue
        if mode == Mode.ACTIVE or action.partition(":")[2].startswith(READING):
            yield f"the role of account {cluster.account.name} lacks {action}."


def _missing_in_cluster(test: ConnectionTest | None, mode: Mode) -> Iterator[str]:
    if test is None:
        return
    if test.problem:
        yield f"its last connection test could try nothing: {test.problem}"
    for name in test.missing:
        verb = BY_NAME.get(name)
        if verb is not None and not is_forward(mode, verb.needed_from):
            yield f"the platform may not {name} in it."


def _no_template(cluster: Cluster, test: ConnectionTest | None, mode: Mode) -> Iterator[str]:
    """Without a template nothing can be launched; one that nobody has checked may be good."""
    if mode != Mode.ACTIVE:
        return
    problems = list(cluster.templates.values_list("problem", flat=True))
    if problems and all(problems):
        yield f"none of its node templates can be launched: {problems[0]}"
    elif not problems and test is not None:
        yield "it has no node template yet; discovery reads one from its nodes within minutes."
