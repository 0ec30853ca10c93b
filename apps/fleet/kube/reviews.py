"""Asking a cluster what we may do in it."""

from typing import Any

from .port import Right


def review_of(right: Right) -> dict[str, Any]:
    """The question whether one may do that, in every namespace."""
    attributes: dict[str, Any] = {"verb": right.verb}
    if right.path:
        asked = {"nonResourceAttributes": {**attributes, "path": right.path}}
    else:
        attributes |= {"group": right.group, "resource": right.resource, "subresource": right.subresource}
        asked = {"resourceAttributes": attributes}
    return {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": asked}
