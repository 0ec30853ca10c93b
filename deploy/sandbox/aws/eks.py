"""EKS beyond moto: clusters whose API is a real one, and access entries."""

import base64
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, cast

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.eks import urls as eks_urls
from moto.eks.exceptions import InvalidParameterException, ResourceInUseException, ResourceNotFoundException
from moto.eks.models import Cluster, EKSBackend, eks_backends
from moto.eks.responses import EKSResponse

from deploy.sandbox.aws.iam.roles import OWNER, caller_of

VERSION = "1.36"
MASTERS = "system:masters"
RESERVED = "system:"
SESSION_NAME = "{{SessionName}}"


@dataclass
class AccessEntry:
    """Who a principal of IAM is in a cluster."""

    cluster_name: str
    principal_arn: str
    kubernetes_groups: list[str]
    username: str
    arn: str
    type: str = "STANDARD"
    # What AmazonEKSClusterAdminPolicy gives to who made the cluster.
    is_admin: bool = False
    tags: dict[str, str] = field(default_factory=dict)
    created_at: datetime = field(default_factory=utcnow)

    @property
    def groups(self) -> list[str]:
        return [*self.kubernetes_groups, *([MASTERS] if self.is_admin else [])]

    def described(self) -> dict[str, Any]:
        return {
            "clusterName": self.cluster_name,
            "principalArn": self.principal_arn,
            "kubernetesGroups": self.kubernetes_groups,
            "accessEntryArn": self.arn,
            "createdAt": self.created_at,
            "modifiedAt": self.created_at,
            "tags": self.tags,
            "username": self.username,
            "type": self.type,
        }


class SandboxEksBackend(EKSBackend):
    """One account in one region."""

    # moto looks for a backend's URLs beside its module
    _url_module: ClassVar[Any] = eks_urls

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._entries: dict[str, dict[str, AccessEntry]] = {}

    def attach(self, name: str, *, endpoint: str, ca: str, version: str) -> Cluster:
        """Have a cluster whose API answers at `endpoint`; `ca` is the PEM of who signed its certificate."""
        role = f"arn:aws:iam::{self.account_id}:role/{name}-control-plane"
        cluster = self.clusters.get(name) or self.create_cluster(name, role, {}, version)
        cluster.endpoint = endpoint
        cluster.certificate_authority = {"data": base64.b64encode(ca.encode()).decode()}
        owner = f"arn:aws:iam::{self.account_id}:role/{OWNER}"
        if owner not in self.entries_of(name):
            self.add_entry(name, owner, [], is_admin=True)
        return cluster

    def delete_cluster(self, name: str) -> Cluster:
        gone = super().delete_cluster(name)
        self._entries.pop(name, None)
        return gone

    def entries_of(self, cluster: str) -> dict[str, AccessEntry]:
        """A cluster's entries by principal. Raises as EKS does for an unknown cluster."""
        self.describe_cluster(cluster)
        return self._entries.setdefault(cluster, {})

    def entry(self, cluster: str, principal_arn: str) -> AccessEntry:
        found = self.entries_of(cluster).get(principal_arn)
        if found is None:
            raise ResourceNotFoundException(
                message="The specified principalArn could not be found. You can view your available access "
                "entries with 'list-access-entries'."
            )
        return found

    def add_entry(
        self,
        cluster: str,
        principal_arn: str,
        groups: list[str],
        *,
        username: str = "",
        is_admin: bool = False,
    ) -> AccessEntry:
        """Raises as EKS does for a principal that has an entry, and for a group of Kubernetes' own."""
        entries = self.entries_of(cluster)
        if principal_arn in entries:
            raise ResourceInUseException(
                message="The specified access entry resource is already in use on this cluster."
            )
        _check(groups)
        role = principal_arn.rpartition("/")[2]
        entries[principal_arn] = AccessEntry(
            cluster,
            principal_arn,
            groups,
            username or f"arn:aws:sts::{self.account_id}:assumed-role/{role}/{SESSION_NAME}",
            f"arn:aws:eks:{self.region_name}:{self.account_id}:access-entry/{cluster}/role/{self.account_id}/{role}",
            is_admin=is_admin,
        )
        return entries[principal_arn]


class SandboxEksResponse(EKSResponse):
    @property
    def backend(self) -> SandboxEksBackend:
        return cast(SandboxEksBackend, self.eks_backend)

    def create_cluster(self) -> ActionResult:
        answer = super().create_cluster()
        caller = caller_of(self.get_access_key())
        principal = f"arn:aws:iam::{caller.account_id}:role/{caller.role or OWNER}"
        self.backend.add_entry(self._get_param("name"), principal, [], is_admin=True)
        return answer

    def create_access_entry(self) -> ActionResult:
        entry = self.backend.add_entry(
            self._get_param("name"),
            self._get_param("principalArn"),
            self._get_param("kubernetesGroups") or [],
            username=self._get_param("username") or "",
        )
        return ActionResult({"accessEntry": entry.described()})

    def describe_access_entry(self) -> ActionResult:
        return ActionResult({"accessEntry": self._entry().described()})

    def list_access_entries(self) -> ActionResult:
        return ActionResult({"accessEntries": list(self.backend.entries_of(self._get_param("name")))})

    def update_access_entry(self) -> ActionResult:
        entry = self._entry()
        groups = self._get_param("kubernetesGroups")
        if groups is not None:
            _check(groups)
            entry.kubernetes_groups = groups
        entry.username = self._get_param("username") or entry.username
        return ActionResult({"accessEntry": entry.described()})

    def delete_access_entry(self) -> ActionResult:
        entry = self._entry()
        del self.backend.entries_of(entry.cluster_name)[entry.principal_arn]
        return EmptyResult()

    def _entry(self) -> AccessEntry:
        return self.backend.entry(self._get_param("name"), self._get_param("principalArn"))


def identity(cluster: str, principal_arn: str) -> dict[str, Any] | None:
    """Who a role is in a cluster of its own account: a username (with SESSION_NAME in it) and groups."""
    account_id = principal_arn.split(":")[4]
    for backend in list(eks_backends[account_id].values()):
        entries = cast(SandboxEksBackend, backend)._entries.get(cluster, {})
        if entry := entries.get(principal_arn):
            return {"username": entry.username, "groups": entry.groups}
    return None


def _check(groups: list[str]) -> None:
    for group in groups:
        if group.startswith(RESERVED):
            raise InvalidParameterException(
                message=f"The kubernetes group name {group} is invalid, it cannot start with {RESERVED}"
            )
