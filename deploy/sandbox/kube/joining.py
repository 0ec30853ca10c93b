"""Which instances of the cloud become nodes of which cluster, and why others do not."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Any

from .cluster import Cluster
from .instance_types import InstanceTypes, UnknownType
from .kinds import Obj
from .nodes import Machine

BOOTSTRAP = re.compile(r"^\s*(?:sudo\s+)?(?:bash\s+)?/etc/eks/bootstrap\.sh\s+(.*)$", re.MULTILINE)
OWNED = ("owned", "shared")


class CannotJoin(Exception):
    """The instance will not become a node; the text says why."""


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """What an instance's user data starts: the cluster, and the kubelet's labels and taints."""

    cluster: str
    labels: dict[str, str]
    taints: tuple[Obj, ...]


def bootstrap(user_data: str) -> Bootstrap | None:
    """Read the EKS bootstrap call out of user data, None where there is none; raises CannotJoin."""
    # A backslash continues a shell line.
    found = BOOTSTRAP.search((user_data or "").replace("\\\n", " "))
    if found is None:
        return None
    try:
        words = shlex.split(found[1])
    except ValueError as problem:
        raise CannotJoin(f"the user data's bootstrap line cannot be parsed: {problem}") from problem
    names = [word for word in words[:1] if not word.startswith("-")]
    if not names:
        raise CannotJoin("the user data's bootstrap line names no cluster")
    extra = _option(words, "--kubelet-extra-args")
    kubelet = shlex.split(extra)
    return Bootstrap(
        names[0],
        dict(_pairs(_option(kubelet, "--node-labels"))),
        tuple(_taint(text) for text in _option(kubelet, "--register-with-taints").split(",") if text),
    )


def _option(words: list[str], name: str) -> str:
    for index, word in enumerate(words):
        if word == name:
            return words[index + 1] if index + 1 < len(words) else ""
        if word.startswith(f"{name}="):
            return word.split("=", 1)[1]
    return ""


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(key, value) for key, _, value in (part.partition("=") for part in text.split(",") if part)]


def _taint(text: str) -> Obj:
    pair, _, effect = text.rpartition(":")
    key, _, value = pair.partition("=")
    if not key or effect not in ("NoSchedule", "PreferNoSchedule", "NoExecute"):
        raise CannotJoin(f"the kubelet does not start: invalid taint {text}")
    taint = {"key": key, "effect": effect}
    return {**taint, "value": value} if value else taint


def machine_of(instance: dict[str, Any], started: Bootstrap, types: InstanceTypes) -> Machine:
    """The machine that an instance is; raises CannotJoin for a type that nobody knows."""
    try:
        size = types.size(instance["instance_type"])
    except UnknownType as problem:
        raise CannotJoin(f"unknown instance type {problem}") from problem
    address = instance["private_ip"]
    return Machine(
        name=f"ip-{address.replace('.', '-')}.ec2.internal",
        instance_type=instance["instance_type"],
        zone=instance["zone"],
        size=size,
        ip=address,
        instance_id=instance["instance_id"],
        lifecycle=instance.get("lifecycle") or "on_demand",
        labels=started.labels,
        taints=started.taints,
    )


def check(cluster: Cluster, instance: dict[str, Any]) -> None:
    """Raise CannotJoin where a real cluster would not let the instance's kubelet in."""
    rules = cluster.join
    if rules is None:
        raise CannotJoin(f"cluster {cluster.name} takes no instances")
    profile = instance.get("instance_profile")
    if not profile:
        raise CannotJoin("no instance profile: the kubelet has no identity")
    tag = f"kubernetes.io/cluster/{cluster.name}"
    if (instance.get("tags") or {}).get(tag) not in OWNED:
        raise CannotJoin(f"tag {tag} is missing")
    if (
        rules.instance_profile
        and str(profile).rsplit("/", 1)[-1] != rules.instance_profile.rsplit("/", 1)[-1]
    ):
        raise CannotJoin(f"instance profile {profile} is not mapped to nodes, {rules.instance_profile} is")
    if rules.account_id and instance.get("account_id") != rules.account_id:
        raise CannotJoin(f"account {instance.get('account_id')} is not the cluster's")
    if rules.subnet_ids is not None and instance.get("subnet_id") not in rules.subnet_ids:
        raise CannotJoin(f"subnet {instance.get('subnet_id')} does not reach the cluster's endpoint")
    if rules.image_ids is not None and instance.get("image_id") not in rules.image_ids:
        raise CannotJoin(f"image {instance.get('image_id')} has no kubelet for this cluster")
