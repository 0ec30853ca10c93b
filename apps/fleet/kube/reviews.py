"""Asking a cluster what we may do in it."""

from typing import Any

from .permissions import Verb


def review_of(verb: Verb) -> dict[str, Any]:
    """The question whether one may do that, in every namespace."""
    attributes: dict[str, Any] = {"verb": verb.verb}
    if verb.path:
        asked = {"nonResourceAttributes": {**attributes, "path": verb.path}}
    else:
        attributes |= {"group": verb.group, "resource": verb.resource, "subresource": verb.subresource}
        asked = {"resourceAttributes": attributes}
    return {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": asked}
