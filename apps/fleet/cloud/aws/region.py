"""An account's services in one region."""

from typing import TYPE_CHECKING

from django.conf import settings

from .calls import Caller
from .sessions import Role, client

if TYPE_CHECKING:
    from mypy_boto3_autoscaling.client import AutoScalingClient
    from mypy_boto3_ec2.client import EC2Client
    from mypy_boto3_eks.client import EKSClient
    from mypy_boto3_pricing.client import PricingClient
    from mypy_boto3_service_quotas.client import ServiceQuotasClient
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_ssm.client import SSMClient


class Region:
    """What the parts of the adapter share: who calls, where, and the clients to call with."""

    def __init__(self, role: Role, region: str) -> None:
        self.role = role
        self.region = region
        self.call = Caller(account_id=role.account_id, region=region)

    @property
    def ec2(self) -> "EC2Client":
        found: EC2Client = client("ec2", self.region, self.role)
        return found

    @property
    def eks(self) -> "EKSClient":
        found: EKSClient = client("eks", self.region, self.role)
        return found

    @property
    def autoscaling(self) -> "AutoScalingClient":
        found: AutoScalingClient = client("autoscaling", self.region, self.role)
        return found

    @property
    def sqs(self) -> "SQSClient":
        found: SQSClient = client("sqs", self.region, self.role)
        return found

    @property
    def ssm(self) -> "SSMClient":
        found: SSMClient = client("ssm", self.region, self.role)
        return found

    @property
    def servicequotas(self) -> "ServiceQuotasClient":
        found: ServiceQuotasClient = client("service-quotas", self.region, self.role)
        return found

    @property
    def pricing(self) -> "PricingClient":
        found: PricingClient = client("pricing", settings.PRICING_REGION, self.role)
        return found
