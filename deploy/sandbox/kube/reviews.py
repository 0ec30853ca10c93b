"""SelfSubjectAccessReview and SelfSubjectRulesReview."""

from __future__ import annotations

from .access import Access, Deed, User
from .kinds import REVIEWS, Obj


def review(access: Access, user: User, plural: str, body: Obj) -> Obj:
    """The review with its `status`, which tells the truth about what the API would answer."""
    spec = body.get("spec") or {}
    answered: Obj = {
        "kind": REVIEWS[plural],
        "apiVersion": "authorization.k8s.io/v1",
        "metadata": body.get("metadata") or {},
        "spec": spec,
    }
    if plural == "selfsubjectaccessreviews":
        return {**answered, "status": _access(access, user, spec)}
    return {
        **answered,
        "status": {
            "resourceRules": access.rules(user, spec.get("namespace", "")),
            "nonResourceRules": [],
            "incomplete": False,
        },
    }


def _access(access: Access, user: User, spec: Obj) -> Obj:
    asked = spec.get("resourceAttributes")
    if asked is None:
        address = spec.get("nonResourceAttributes") or {}
        return {"allowed": access.allows_path(user, address.get("path", ""), address.get("verb", ""))}
    deed = Deed(
        asked.get("verb", ""),
        asked.get("group", ""),
        asked.get("resource", ""),
        asked.get("namespace", ""),
        asked.get("name", ""),
        asked.get("subresource", ""),
    )
    return {"allowed": access.allows(user, deed)}
