"""EKS: the clusters of a region, and the tokens that their APIs take."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest

from apps.fleet.errors import CloudRefused, EksClusterMissing

from ..port import SeenCluster
from .region import Region
from .sessions import client, credentials

PAGE = 100
NOT_FOUND = "ResourceNotFoundException"
# What `aws eks get-token` makes: a signed question "who am I?" that EKS itself puts to STS.
TOKEN_PREFIX = "k8s-aws-v1."  # noqa: S105  # no secret
QUESTION = "/?Action=GetCallerIdentity&Version=2011-06-15"
CLUSTER_HEADER = "x-k8s-aws-id"
# Of the address; EKS takes the token for fifteen minutes from its signing.
SIGNED_FOR_SECONDS = 60


class Eks(Region):
    def eks_clusters(self) -> Iterator[SeenCluster]:
        for name in self._names():
            try:
                yield self.eks_cluster(name)
            except EksClusterMissing:
                continue  # it went while we listed

    def eks_cluster(self, name: str) -> SeenCluster:
        try:
            return _seen(self.call(self.eks.describe_cluster, name=name)["cluster"])
        except CloudRefused as refused:
            if refused.details["aws_code"] == NOT_FOUND:
                missing = EksClusterMissing(account=self.role.account_id, cluster=name, region=self.region)
                raise missing from refused
            raise

    def cluster_token(self, name: str) -> str:
        url = client("sts", self.region, self.role).meta.endpoint_url.rstrip("/") + QUESTION
        request = AWSRequest(method="GET", url=url, headers={CLUSTER_HEADER: name})
        signer = credentials(self.region, self.role).get_frozen_credentials()
        SigV4QueryAuth(signer, "sts", self.region, expires=SIGNED_FOR_SECONDS).add_auth(request)
        return TOKEN_PREFIX + base64.urlsafe_b64encode(str(request.url).encode()).decode().rstrip("=")

    def _names(self) -> Iterator[str]:
        page = self.call(self.eks.list_clusters, maxResults=PAGE)
        yield from page["clusters"]
        while token := page.get("nextToken"):
            page = self.call(self.eks.list_clusters, maxResults=PAGE, nextToken=token)
            yield from page["clusters"]


def _seen(cluster: Mapping[str, Any]) -> SeenCluster:
    """A cluster as EKS describes it; one that is being made has no address yet."""
    authority = cluster.get("certificateAuthority", {}).get("data", "")
    try:
        pem = base64.b64decode(authority, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        pem = ""
    return SeenCluster(
        name=cluster["name"],
        version=cluster.get("version", ""),
        status=cluster.get("status", ""),
        endpoint=cluster.get("endpoint", ""),
        certificate_authority=pem,
    )
