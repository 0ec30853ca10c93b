"""What is tried of a cluster: every verb that the platform may come to need there, and a launch of a node."""

from functools import partial

from apps.fleet.kube import kube_of
from apps.fleet.kube.permissions import VERBS, VERSION, Verb
from apps.fleet.kube.port import Kube
from apps.fleet.models import Cluster
from apps.fleet.services.templates import check_templates
from apps.fleet.statuses import Mode

from .attempt import Attempt, Plan, Tried

LAUNCH = "launch a node (DryRun)"
NEEDED = {
    Mode.OBSERVE: "Every mode needs it.",
    Mode.DRY_RUN: "Dry run and active need it.",
    Mode.ACTIVE: "Only active needs it.",
}
NO_TEMPLATE = "It has no node template yet: discovery reads one from its nodes within minutes of connecting."


def plan_for_cluster(cluster: Cluster) -> Plan:
    """One attempt a verb, and one of its node templates."""
    kube = kube_of(cluster)
    verbs = [Attempt(verb.name, verb.why, partial(_try_verb, kube, verb)) for verb in VERBS]
    launch = Attempt(LAUNCH, "to know that a replacement would start", partial(_try_templates, cluster))
    return Plan((*verbs, launch), tidy_up=lambda: None)


def _try_verb(kube: Kube, verb: Verb) -> Tried:
    if verb.path == VERSION:
        return Tried(True, f"Kubernetes {kube.version()}")
    if kube.may(verb):
        return Tried(True)
    return Tried(
        False, f"Not granted. {NEEDED[verb.needed_from]} Apply the RBAC manifest of this page again."
    )


def _try_templates(cluster: Cluster) -> Tried:
    """What AWS says of each template; one that is well does not hide another that is not."""
    templates = check_templates(cluster)
    if not templates:
        return Tried(False, NO_TEMPLATE)
    troubles = [f"{template.architecture}: {template.problem}" for template in templates if template.problem]
    return Tried(not troubles, " ".join(troubles))
