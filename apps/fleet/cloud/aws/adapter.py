"""The adapter as the fleet sees it: one object per account and region, its parts by subject."""

from functools import lru_cache

from ..port import Cloud
from .eks import Eks
from .giving_back import GivingBack
from .images import Images
from .inventory import Inventory
from .launching import Launching
from .leaving import Leaving
from .market import Market
from .placement_scores import PlacementScores
from .queues import Queues
from .quotas import Quotas
from .sessions import Role
from .templates import Templates
from .trying import Trying
from .versions import Versions


class AwsCloud(
    Inventory,
    Images,
    Templates,
    Versions,
    Launching,
    Leaving,
    GivingBack,
    Market,
    PlacementScores,
    Quotas,
    Queues,
    Eks,
    Trying,
):
    """apps.fleet.cloud.port.Cloud over botocore."""


@lru_cache(maxsize=1024)
def cloud_for(*, account_id: str, role_arn: str, external_id: str, region: str) -> Cloud:
    """An account's region, reached by assuming the tenant's role; calls nothing by itself."""
    return AwsCloud(Role(account_id, role_arn, external_id), region)
