"""Connecting clusters over the API, and what a connected one says of itself."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.tenant import TenantView
from apps.accounts.models import Client
from atharva.api.idempotency import IDEMPOTENCY_KEY, idempotency_key
from atharva.api.problems import Missing

from ..errors import EstimateMissing
from ..models import CloudAccount, Cluster
from ..selectors.estimates import estimate_of
from ..selectors.lists import with_counts
from ..selectors.rights import rights_of
from ..services.connecting import connect_new_cluster, found_clusters
from ..services.connection_tests import start_test
from ..services.giving_back import give_back
from .cluster_bodies import ConnectBody, EksRegionBody, EstimateBody, RightsBody
from .connection_bodies import ConnectionTestBody
from .operation_bodies import OperationBody
from .operations import accepted
from .serializers import ClusterBody
from .views import Clusters


class ConnectableClusters(Clusters):
    """The clusters of one tenant, and connecting another."""

    @extend_schema(request=ConnectBody, responses={201: ClusterBody})
    def post(self, request: Request, client_id: UUID) -> Response:
        """Connect a cluster of one of the tenant's accounts; it begins in `observe`.

        Nothing is stored unless its API answers. Without a kubeconfig it is looked for in EKS.
        """
        client = self.find(Client, client_id)
        body = ConnectBody(data=request.data)
        body.is_valid(raise_exception=True)
        accounts = self.visible(CloudAccount).filter(client=client)
        account = self.find(CloudAccount, body.validated_data["account_id"], among=accounts)
        cluster = connect_new_cluster(account, body.details(), by=self.person)
        shown = with_counts(self.visible(Cluster)).get(pk=cluster.pk)
        return Response(ClusterBody(shown).data, status=status.HTTP_201_CREATED)


class EksClusters(TenantView):
    """The EKS clusters that an account has."""

    @extend_schema(responses=EksRegionBody(many=True))
    def get(self, request: Request, account_id: UUID) -> Response:
        """By region, at most a minute old; a region that could not be asked says why in `problem`."""
        account = self.find(CloudAccount, account_id)
        return Response(EksRegionBody(found_clusters(account), many=True).data)


class ClusterRights(TenantView):
    """What to apply in a cluster so that the platform may do what it does there, and no more."""

    @extend_schema(responses=RightsBody)
    def get(self, request: Request, cluster_id: UUID) -> Response:
        return Response(RightsBody(rights_of(self.find(Cluster, cluster_id))).data)


class ClusterEstimate(TenantView):
    """What a cluster would save."""

    @extend_schema(responses=EstimateBody)
    def get(self, request: Request, cluster_id: UUID) -> Response:
        """As its last decision estimated it; 404 `estimate_missing` before the first."""
        cluster = self.find(Cluster, cluster_id)
        estimate = estimate_of(cluster)
        if estimate is None:
            raise EstimateMissing(cluster=cluster.name)
        return Response(EstimateBody(estimate).data)


class ClusterTest(TenantView):
    @extend_schema(responses=ConnectionTestBody)
    def get(self, request: Request, cluster_id: UUID) -> Response:
        """The cluster's newest test, as far as it is; 404 before the first."""
        test = self.find(Cluster, cluster_id).tests.first()
        if test is None:
            raise Missing(what="connection test of cluster", id=str(cluster_id))
        return Response(ConnectionTestBody(test).data)

    @extend_schema(request=None, responses={202: ConnectionTestBody})
    def post(self, request: Request, cluster_id: UUID) -> Response:
        """Try every right, and a launch by DryRun, without effect; a test under way is answered as it is."""
        cluster = self.find(Cluster, cluster_id)
        test = start_test(cluster.account, cluster=cluster, by=self.person)
        return Response(ConnectionTestBody(test).data, status=status.HTTP_202_ACCEPTED)


class GiveClusterBack(TenantView):
    @extend_schema(request=None, responses={202: OperationBody}, parameters=[IDEMPOTENCY_KEY])
    def post(self, request: Request, cluster_id: UUID) -> Response:
        """Leave the cluster: its groups grow back, our nodes are drained, nothing of ours stays behind."""
        cluster = self.find(Cluster, cluster_id)
        return accepted(give_back(cluster, by=self.person, key=idempotency_key(request)))
