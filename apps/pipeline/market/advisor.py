"""AWS's public Spot Advisor file: how often the instances of a type were interrupted in the last month."""

from collections import defaultdict

import msgspec
import urllib3
from django.conf import settings

from apps.fleet.models import Pool
from apps.fleet.statuses import Lifecycle

from ..errors import SourceUnavailable
from .recording import Attempt

TIMEOUT = urllib3.Timeout(connect=5, read=20)
BUCKETS = 5
NAME = "The Spot Advisor"


class Entry(msgspec.Struct):
    r: int  # index of the range of the monthly interruption frequency


class Advice(msgspec.Struct):
    """The part of the file that is used: region -> operating system -> instance type."""

    spot_advisor: dict[str, dict[str, dict[str, Entry]]]


def refresh_advisor(region: str, attempt: Attempt) -> None:
    """Put each type's interruption range on its spot pools of the region. Raises SourceUnavailable."""
    answer = _fetch(attempt.etag)
    if answer.status == 304:
        attempt.rows = attempt.scrape.rows
        return
    buckets = _read(answer.data, region)
    attempt.rows, attempt.etag = len(buckets), answer.headers.get("ETag", "")
    attempt.changed = _store(region, buckets) > 0


def _fetch(etag: str) -> urllib3.BaseHTTPResponse:
    headers = {"If-None-Match": etag} if etag else {}
    try:
        answer = urllib3.request(
            "GET", settings.SPOT_ADVISOR_URL, headers=headers, timeout=TIMEOUT, retries=2
        )
    except urllib3.exceptions.HTTPError as error:
        raise SourceUnavailable(source=NAME, why=f"{settings.SPOT_ADVISOR_URL} does not answer") from error
    if answer.status not in (200, 304):
        raise SourceUnavailable(source=NAME, why=f"it answered {answer.status}")
    return answer


def _read(body: bytes, region: str) -> dict[str, int]:
    """Range index of each type of the region, for Linux; types with a range we do not know are left out."""
    try:
        advice = msgspec.json.decode(body, type=Advice)
    except msgspec.DecodeError as error:
        raise SourceUnavailable(source=NAME, why=f"its answer is not what it was ({error})") from error
    linux = advice.spot_advisor.get(region, {}).get("Linux", {})
    return {name: entry.r for name, entry in linux.items() if 0 <= entry.r < BUCKETS}


def _store(region: str, buckets: dict[str, int]) -> int:
    """How many pools changed their range. A type that is no longer listed loses its own."""
    by_bucket: dict[int, list[str]] = defaultdict(list)
    for name, bucket in buckets.items():
        by_bucket[bucket].append(name)
    pools = Pool.objects.filter(region=region, lifecycle=Lifecycle.SPOT)
    changed = (
        pools.exclude(instance_type__in=buckets).exclude(advisor_bucket=None).update(advisor_bucket=None)
    )
    for bucket, names in by_bucket.items():
        listed = pools.filter(instance_type__in=names)
        changed += listed.exclude(advisor_bucket=bucket).update(advisor_bucket=bucket)
    return changed
