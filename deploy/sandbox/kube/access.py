"""Who asks, and what they may do."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from . import errors
from .kinds import CLUSTERROLEBINDINGS, CLUSTERROLES, REVIEW_GROUP, ROLEBINDINGS, ROLES, Obj
from .store import Store

PUBLIC_PATHS = ("/healthz", "/livez", "/readyz", "/version")
DISCOVERY_PATHS = (*PUBLIC_PATHS, "/api", "/apis", "/openapi")


@dataclass(frozen=True, slots=True)
class User:
    """An identity. `rules` None means that role bindings decide; masters may do everything."""

    name: str
    groups: tuple[str, ...] = ()
    rules: tuple[Obj, ...] | None = None

    @property
    def is_master(self) -> bool:
        return "system:masters" in self.groups


def service_account(namespace: str, name: str) -> User:
    """The user that a token of a service account stands for."""
    return User(
        f"system:serviceaccount:{namespace}:{name}",
        ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated"),
    )


ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))


SignIn = Callable[[str], Awaitable[User | None]]


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody wants to do, in RBAC's words."""

    verb: str
    group: str
    resource: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""


class Access:
    """The tokens of a cluster; `elsewhere` knows the user of one that the cluster did not issue."""

    def __init__(self, store: Store, elsewhere: SignIn | None = None) -> None:
        self._store = store
        self._elsewhere = elsewhere
        self._users: dict[str, User] = {}

    def issue(self, user: User) -> str:
        """A new bearer token of `user`."""
        token = secrets.token_urlsafe(32)
        self._users[token] = user
        return token

    def revoke(self, token: str) -> None:
        """Take a token back, if it was one."""
        self._users.pop(token, None)

    async def identify(self, authorization: str) -> User:
        """The user of an Authorization header, anonymous without one; raises 401 for an unknown token."""
        if not authorization:
            return ANONYMOUS
        scheme, _, token = authorization.partition(" ")
        token = token.strip() if scheme.lower() == "bearer" else ""
        user = self._users.get(token)
        if user is None and token and self._elsewhere is not None:
            user = await self._elsewhere(token)
        if user is None:
            raise errors.ApiError(401, "Unauthorized", "Unauthorized")
        return user

    def allows(self, user: User, deed: Deed) -> bool:
        if user.is_master:
            return True
        if user is ANONYMOUS:
            return False
        if deed.group == REVIEW_GROUP and deed.resource.startswith("selfsubject") and deed.verb == "create":
            return True
        return any(_covers(rule, deed) for rule in self._rules(user, deed.namespace))

    def require(self, user: User, deed: Deed) -> None:
        """Raise 403 where `user` may not do it."""
        if self.allows(user, deed):
            return
        where = f'in the namespace "{deed.namespace}"' if deed.namespace else "at the cluster scope"
        resource = f"{deed.resource}/{deed.subresource}" if deed.subresource else deed.resource
        kind = f"{deed.resource}.{deed.group}" if deed.group else deed.resource
        subject = f'{kind} "{deed.name}"' if deed.name else kind
        details = {"name": deed.name, "group": deed.group, "kind": deed.resource}
        raise errors.ApiError(
            403,
            "Forbidden",
            f'{subject} is forbidden: User "{user.name}" cannot {deed.verb} resource "{resource}" in '
            f'API group "{deed.group}" {where}',
            details={key: value for key, value in details.items() if value},
        )

    def require_path(self, user: User, path: str) -> None:
        """Raise 403 where `user` may not GET a path that is no resource."""
        if self.allows_path(user, path, "get"):
            return
        raise errors.ApiError(
            403, "Forbidden", f'forbidden: User "{user.name}" cannot get path "{path}"', details={}
        )

    def allows_path(self, user: User, path: str, verb: str) -> bool:
        """Discovery is everybody's who signed in; for other paths a cluster role must name them."""
        if user.is_master:
            return True
        open_paths = PUBLIC_PATHS if user is ANONYMOUS else DISCOVERY_PATHS
        if verb == "get" and any(path == prefix or path.startswith(prefix + "/") for prefix in open_paths):
            return True
        return user is not ANONYMOUS and any(
            _has(rule.get("verbs") or (), verb)
            and any(_fits(pattern, path) for pattern in rule.get("nonResourceURLs") or ())
            for rule in self._rules(user, "")
        )

    def rules(self, user: User, namespace: str) -> list[Obj]:
        """The rules that apply to a user in a namespace."""
        everything = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
        return [everything] if user.is_master else list(self._rules(user, namespace))

    def _rules(self, user: User, namespace: str) -> Iterable[Obj]:
        if user.rules is not None:
            yield from user.rules
            return
        bindings = self._store.all(CLUSTERROLEBINDINGS)
        if namespace:
            bindings += self._store.all(ROLEBINDINGS, namespace)
        for binding in bindings:
            if any(_names(subject, user) for subject in binding.obj.get("subjects") or ()):
                reference = binding.obj["roleRef"]
                role = (
                    self._store.get(CLUSTERROLES, "", reference["name"])
                    if reference["kind"] == "ClusterRole"
                    else self._store.get(ROLES, binding.key[0], reference["name"])
                )
                if role is not None:
                    yield from role.obj.get("rules") or ()


def _names(subject: Obj, user: User) -> bool:
    match subject.get("kind"):
        case "ServiceAccount":
            return user.name == f"system:serviceaccount:{subject.get('namespace')}:{subject['name']}"
        case "Group":
            return subject["name"] in user.groups
    return bool(subject["name"] == user.name)


def _covers(rule: Obj, deed: Deed) -> bool:
    resource = f"{deed.resource}/{deed.subresource}" if deed.subresource else deed.resource
    names = rule.get("resourceNames") or ()
    return (
        "nonResourceURLs" not in rule
        and _has(rule.get("verbs") or (), deed.verb)
        and _has(rule.get("apiGroups", ["*"]), deed.group)
        and _has(rule.get("resources", ["*"]), resource)
        and (not names or deed.name in names)
    )


def _fits(pattern: str, path: str) -> bool:
    return path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern


def _has(allowed: Iterable[str], wanted: str) -> bool:
    return wanted in allowed or "*" in allowed
