"""The adapter: a cluster through its API server."""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from apps.fleet.errors import ClusterUnreachable, NodeMissing

from . import wire
from .binding import NOT_OURS_ANY_MORE, binding_of
from .calling import Caller, Reply
from .eviction import EXPLAINED, answer_of, eviction_of
from .kubeconfig import Access
from .listing import Listing, decoded, listed, watched
from .owners import PATHS, replicas_of
from .port import (
    Claim,
    ContainerUsage,
    EvictionAnswer,
    Kube,
    NodeChange,
    Owner,
    PodChange,
    Replicas,
    Right,
    SeenBudget,
    SeenNode,
    SeenPod,
    Taint,
)
from .reading import controller_of, seen_budget, seen_node, seen_pod
from .reviews import review_of
from .session import Sessions
from .tokens import TokenSource
from .usage import usage
from .volumes import claim_zones
from .watching import node_changes, pod_changes

WRITE_TRIES = 5
# Beyond as many namespaces one list of all of them is cheaper.
NAMESPACES_ONE_BY_ONE = 4
MERGE_PATCH = "application/merge-patch+json"
TAINT_CONFLICT = "it was changed at the same time, again and again"

_sessions = Sessions()
T = TypeVar("T")
RawTaints = list[dict[str, Any]]


def kube_for(*, name: str, kubeconfig: str) -> Kube:
    """The API of the cluster called `name`, its connections kept between calls. Raises KubeconfigInvalid."""
    return ClusterApi(Caller(_sessions.of(kubeconfig, cluster=name), cluster=name))


def kube_by_token(
    *, name: str, server: str, ca_pem: str, source: TokenSource, identity: tuple[str, ...]
) -> Kube:
    """The API at `server`, asked with the tokens of `source`; `identity` says whose those are.

    Raises KubeconfigInvalid where the authority's certificate cannot be used.
    """
    access = Access(server=server.rstrip("/"), ca_pem=ca_pem, token_source=source)
    session = _sessions.shared(("token", server, ca_pem, *identity), lambda: access, cluster=name)
    return ClusterApi(Caller(session, cluster=name))


VERSION = msgspec.json.Decoder(wire.ServerVersion)
NODES = msgspec.json.Decoder(Listing[wire.Node])
PODS = msgspec.json.Decoder(Listing[wire.Pod])
BUDGETS = msgspec.json.Decoder(Listing[wire.Budget])
ATTACHMENTS = msgspec.json.Decoder(Listing[wire.Attachment])
NODE = msgspec.json.Decoder(wire.Node)
TAINTED = msgspec.json.Decoder(wire.TaintedNode)
SCALED = msgspec.json.Decoder(wire.Scaled)
REVIEW = msgspec.json.Decoder(wire.AccessReview)


class ClusterApi:
    """See port.Kube."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    # ------------------------------------------------------------------- reading

    def version(self) -> str:
        found = decoded(self._caller, "get version", self._caller.get("get version", "/version"), VERSION)
        return f"{found.major}.{found.minor.rstrip('+')}"

    def nodes(self) -> tuple[list[SeenNode], str]:
        return listed(self._caller, "list nodes", "/api/v1/nodes", NODES, seen_node)

    def node(self, name: str) -> SeenNode:
        return seen_node(self._node(name, NODE))

    def watch_nodes(self, version: str, *, seconds: int) -> Iterator[NodeChange]:
        return watched(self._caller, "nodes", node_changes, version, seconds=seconds)

    def pods_on(self, node_name: str) -> list[SeenPod]:
        query = {"fieldSelector": f"spec.nodeName={node_name}"}
        return listed(self._caller, "list pods", "/api/v1/pods", PODS, seen_pod, query)[0]

    def waiting_pods(self) -> list[SeenPod]:
        return self.pods_on("")

    def pods(self) -> tuple[list[SeenPod], str]:
        return listed(self._caller, "list pods", "/api/v1/pods", PODS, seen_pod)

    def watch_pods(self, version: str, *, seconds: int) -> Iterator[PodChange]:
        return watched(self._caller, "pods", pod_changes, version, seconds=seconds)

    def claim_zones(self, claims: Collection[Claim]) -> dict[Claim, frozenset[str] | None]:
        return claim_zones(self._caller, claims)

    def budgets(self, namespaces: Iterable[str]) -> list[SeenBudget]:
        wanted = frozenset(namespaces)
        found = (budget for path in _budget_paths(wanted) for budget in self._budgets(path))
        return [budget for budget in found if budget.namespace in wanted]

    def usage(self) -> list[ContainerUsage] | None:
        return usage(self._caller)

    def replicas(self, owner: Owner) -> Replicas | None:
        found = self._owner(owner)
        if found is None:
            return None
        above = controller_of(found.metadata)
        if owner.kind == "ReplicaSet" and above is not None and above.kind == "Deployment":
            deployment = self._owner(above)
            if deployment is not None:
                return replicas_of(above, deployment)
        return replicas_of(owner, found)

    def attachments(self, node_name: str) -> int:
        path = "/apis/storage.k8s.io/v1/volumeattachments"
        found, _ = listed(self._caller, "list volumeattachments", path, ATTACHMENTS, itself)
        return sum(attachment.spec.node_name == node_name for attachment in found)

    def may(self, right: Right) -> bool:
        call = "create selfsubjectaccessreviews"
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        reply = self._caller.send(call, "POST", path, body=review_of(right))
        return decoded(self._caller, call, reply, REVIEW).status.allowed

    # ------------------------------------------------------------------- writing

    def taint(self, node_name: str, taint: Taint) -> None:
        wanted = {"key": taint.key, "value": taint.value, "effect": taint.effect}

        def with_it(taints: RawTaints) -> RawTaints:
            if any(wanted.items() <= present.items() for present in taints):
                return taints
            same = (taint.key, taint.effect)
            return [t for t in taints if (t["key"], t["effect"]) != same] + [wanted]

        self._change_taints(node_name, with_it)

    def untaint(self, node_name: str, key: str) -> None:
        self._change_taints(node_name, lambda taints: [t for t in taints if t["key"] != key])

    def label(self, node_name: str, key: str, value: str | None) -> None:
        # One key of a map: a merge patch touches nothing else, so there is nothing to lose.
        reply = self._patch_node(node_name, {"metadata": {"labels": {key: value}}})
        if not reply.is_success:
            raise self._no_node(node_name, "patch nodes", reply)

    def evict(self, pod: SeenPod) -> EvictionAnswer:
        call = "create pods/eviction"
        path = f"/api/v1/namespaces/{quote(pod.namespace, '')}/pods/{quote(pod.name, '')}/eviction"
        reply = self._caller.send(call, "POST", path, body=eviction_of(pod), passing=EXPLAINED)
        answer = answer_of(reply)
        if answer is None:
            self._caller.raise_common(call, reply)
            raise self._caller.refused(call, reply)
        return answer

    def bind(self, pod: SeenPod, node_name: str) -> bool:
        call = "create pods/binding"
        path = f"/api/v1/namespaces/{quote(pod.namespace, '')}/pods/{quote(pod.name, '')}/binding"
        reply = self._caller.send(call, "POST", path, body=binding_of(pod, node_name))
        if not reply.is_success and reply.code not in NOT_OURS_ANY_MORE:
            raise self._caller.refused(call, reply)
        return reply.is_success

    def delete_node(self, node_name: str) -> None:
        reply = self._caller.send("delete nodes", "DELETE", _node_path(node_name))
        if not reply.is_success and reply.code != 404:
            raise self._caller.refused("delete nodes", reply)

    # -------------------------------------------------------------------- within

    def _budgets(self, path: str) -> list[SeenBudget]:
        return listed(self._caller, "list poddisruptionbudgets", path, BUDGETS, seen_budget)[0]

    def _owner(self, owner: Owner) -> wire.Scaled | None:
        template = PATHS.get(owner.kind)
        if template is None:
            return None
        call = f"get {owner.kind.lower()}s"
        path = template.format(namespace=quote(owner.namespace, ""), name=quote(owner.name, ""))
        reply = self._caller.get(call, path)
        return None if reply.code == 404 else decoded(self._caller, call, reply, SCALED)

    def _node(self, name: str, decoder: "msgspec.json.Decoder[T]") -> T:
        reply = self._caller.get("get nodes", _node_path(name))
        if reply.code == 404:
            raise NodeMissing(cluster=self._caller.cluster, node=name)
        return decoded(self._caller, "get nodes", reply, decoder)

    def _change_taints(self, node_name: str, change: Callable[[RawTaints], RawTaints]) -> None:
        """Read, change and write the list of taints; what somebody else wrote in between is never lost."""
        for _ in range(WRITE_TRIES):
            node = self._node(node_name, TAINTED)
            before = node.spec.taints or []
            after = change(before)
            if after == before:
                return
            version = node.metadata.resource_version
            reply = self._patch_node(
                node_name, {"metadata": {"resourceVersion": version}, "spec": {"taints": after}}
            )
            if reply.is_success:
                return
            if reply.code != 409:
                raise self._no_node(node_name, "patch nodes", reply)
        raise ClusterUnreachable(cluster=self._caller.cluster, why=f"node {node_name}: {TAINT_CONFLICT}")

    def _patch_node(self, node_name: str, patch: dict[str, Any]) -> Reply:
        return self._caller.send(
            "patch nodes", "PATCH", _node_path(node_name), body=patch, content_type=MERGE_PATCH
        )

    def _no_node(self, node_name: str, call: str, reply: Reply) -> Exception:
        if reply.code == 404:
            return NodeMissing(cluster=self._caller.cluster, node=node_name)
        return self._caller.refused(call, reply)


def itself(found: T) -> T:
    return found


def _node_path(name: str) -> str:
    return f"/api/v1/nodes/{quote(name, '')}"


def _budget_paths(namespaces: Collection[str]) -> list[str]:
    if len(namespaces) > NAMESPACES_ONE_BY_ONE:
        return ["/apis/policy/v1/poddisruptionbudgets"]
    return [f"/apis/policy/v1/namespaces/{quote(n, '')}/poddisruptionbudgets" for n in sorted(namespaces)]
