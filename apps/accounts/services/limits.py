"""How often one address may ask for what costs us or a stranger something, such as a letter."""

from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import cast

import structlog
from django.http import HttpRequest
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from atharva.api.problems import TooManyRequests

log = structlog.get_logger(__name__)
NEIGHBOURHOOD = 64  # whoever has one address of IPv6 has all that share its first 64 bits
LATER = 60  # seconds; said where a limit was lowered while it was used up


def limit(request: HttpRequest, action: str) -> None:
    """Count that the request's address does `action`, one of those that the setting names.

    Raises TooManyRequests. Without Redis nothing is counted, and people can still work.
    """
    throttle = OfOneAddress(action)
    try:
        allowed = throttle.allow_request(Request(request), APIView())
    except RedisError as error:
        log.warning("not_limited", action=action, why=str(error))
        return
    if not allowed:
        raise TooManyRequests(retry_after=int(throttle.wait() or LATER) + 1)


class OfOneAddress(SimpleRateThrottle):
    """REST framework's throttle for pages and API alike, by the address that the server saw."""

    def __init__(self, action: str) -> None:
        self.scope = action
        super().__init__()

    def get_rate(self) -> str:
        return cast(str, api_settings.DEFAULT_THROTTLE_RATES[self.scope or ""])

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return self.cache_format % {
            "scope": self.scope,
            "ident": neighbourhood_of(request.META.get("REMOTE_ADDR", "")),
        }


def neighbourhood_of(address: str) -> str:
    """What counts as one address."""
    try:
        parsed = ip_address(address)
    except ValueError:  # a local socket has none
        return address
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((parsed, NEIGHBOURHOOD), strict=False).network_address)
    return address
