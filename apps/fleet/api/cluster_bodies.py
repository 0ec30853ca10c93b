"""The shapes of the calls about connecting a cluster."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from atharva.api.bodies import KnownFieldsOnly

from ..selectors.estimates import EstimatedMove, EstimateRow, Stay
from ..selectors.rights import Rights
from ..services.connecting import ClusterDetails, EksDetails
from ..services.connecting.clusters import LARGEST_KUBECONFIG, NAME
from .connection_bodies import Region


@extend_schema_field({"type": "string", "pattern": f"^{NAME.pattern}$"})
class ClusterName(serializers.CharField):
    """Its nodes are tagged with it; the service checks it, for pages and commands too."""


class ConnectBody(KnownFieldsOnly):
    """A cluster by its kubeconfig, or an EKS cluster by its name alone."""

    account_id = serializers.UUIDField()
    name = ClusterName(max_length=100)
    region = Region(max_length=30)
    kubeconfig = serializers.CharField(
        max_length=LARGEST_KUBECONFIG,
        required=False,
        trim_whitespace=False,
        write_only=True,
        help_text="With credentials in it, no files or programs; leave it out for EKS.",
    )

    def details(self) -> ClusterDetails | EksDetails:
        """What was asked, as the service takes it."""
        asked: dict[str, Any] = dict(self.validated_data)
        if "kubeconfig" in asked:
            return ClusterDetails(asked["name"], asked["region"], asked["kubeconfig"])
        return EksDetails(asked["name"], asked["region"])


class EksClusterBody(serializers.Serializer[Any]):
    name = serializers.CharField()
    region = serializers.CharField()
    version = serializers.CharField(help_text="Of Kubernetes")
    status = serializers.CharField(help_text="As EKS says it")


class EksRegionBody(serializers.Serializer[Any]):
    region = serializers.CharField()
    asked_at = serializers.DateTimeField()
    clusters = EksClusterBody(many=True)
    problem = serializers.CharField(help_text="Why the region could not be asked; empty when well")


class RightsBody(serializers.Serializer[Rights]):
    """Two manifests and the commands around them, as text."""

    read_only_manifest = serializers.CharField(help_text="Enough to observe and to estimate")
    full_manifest = serializers.CharField(help_text="Also for moving nodes")
    commands = serializers.CharField(help_text="That apply the manifest and let the platform in")


class EstimatedMoveBody(serializers.Serializer[EstimatedMove]):
    node = serializers.CharField()
    # The metaclass takes fields out of the class: this one does not hide the serializer's own attribute.
    instance = serializers.CharField(help_text="EC2 id")  # type: ignore[assignment]  # a field
    from_pool = serializers.CharField()
    to_pool = serializers.CharField()
    saving_hourly_usd = serializers.DecimalField(max_digits=12, decimal_places=6)


class StayBody(serializers.Serializer[Stay]):
    reason = serializers.CharField()
    nodes = serializers.IntegerField()


class EstimateBody(serializers.Serializer[EstimateRow]):
    """What every move that is worth it would save together, and why the other nodes stay."""

    made_at = serializers.DateTimeField()
    nodes = serializers.IntegerField()
    movable = serializers.IntegerField()
    now_hourly_usd = serializers.DecimalField(max_digits=12, decimal_places=6)
    then_hourly_usd = serializers.DecimalField(max_digits=12, decimal_places=6)
    saving_hourly_usd = serializers.DecimalField(max_digits=12, decimal_places=6)
    saving_monthly_usd = serializers.DecimalField(max_digits=14, decimal_places=2, rounding="ROUND_HALF_UP")
    saving_pct = serializers.FloatField()
    moves = EstimatedMoveBody(many=True, help_text="The largest")
    stays = StayBody(many=True)
