"""What is tried of a cluster: every verb that the platform may come to need there."""

from functools import partial

from apps.fleet.kube import kube_of
from apps.fleet.kube.permissions import VERBS, Verb
from apps.fleet.kube.port import Kube
from apps.fleet.models import Cluster

from .attempt import Attempt, Plan, Tried


def plan_for_cluster(cluster: Cluster) -> Plan:
    """One attempt a verb."""
    kube = kube_of(cluster)
    attempts = tuple(Attempt(verb.name, verb.why, partial(_try_verb, kube, verb)) for verb in VERBS)
    return Plan(attempts, tidy_up=lambda: None)


def _try_verb(kube: Kube, verb: Verb) -> Tried:
    if kube.may(verb):
        return Tried(True)
    return Tried(False, "The cluster refuses it. Apply the RBAC manifest of this page again.")
