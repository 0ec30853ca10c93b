"""All documents of one account."""

import json
from dataclasses import dataclass

from django.conf import settings

from apps.fleet.errors import PlatformPrincipalUnknown
from apps.fleet.models import CloudAccount
from apps.fleet.services.events import region_of

from .cloudformation import cloudformation
from .policies import Document, permission_policy, trust_policy
from .terms import QUEUE_NAME, Terms
from .terraform import terraform


@dataclass(frozen=True, slots=True)
class Documents:
    """The same role in four forms; each but the policy holds the account's external id."""

    policy: Document
    trust: Document
    cloudformation: str
    terraform: str

    @property
    def policy_text(self) -> str:
        return json.dumps(self.policy, indent=2)

    @property
    def trust_text(self) -> str:
        return json.dumps(self.trust, indent=2)


def documents_of(account: CloudAccount) -> Documents:
    """What the account's owner makes the role from. Raises PlatformPrincipalUnknown."""
    terms = terms_of(account)
    return Documents(
        policy=permission_policy(terms.queue_arn),
        trust=trust_policy(terms.principal, terms.external_id),
        cloudformation=cloudformation(terms),
        terraform=terraform(terms),
    )


def terms_of(account: CloudAccount) -> Terms:
    """Raises PlatformPrincipalUnknown."""
    principal = settings.AWS_PLATFORM_PRINCIPAL
    if not principal:
        raise PlatformPrincipalUnknown
    home = region_of(account)
    return Terms(
        account_id=account.aws_account_id,
        principal=principal,
        external_id=account.external_id,
        regions=(home, *(region for region in account.regions if region != home)),
        queue_arn=queue_arn_of(account),
    )


def queue_arn_of(account: CloudAccount) -> str:
    """The queue that its address names; the one that our documents make, where it has none yet."""
    name = account.queue_url.rpartition("/")[2] or QUEUE_NAME
    return f"arn:aws:sqs:{region_of(account)}:{account.aws_account_id}:{name}"
