"""Reading an extract of AWS's Cost and Usage Report, line by line.

Source: the report's column reference, docs.aws.amazon.com/cur/latest/userguide/data-dictionary.html
"""

import csv
import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TextIO

from ..errors import UsageFileInvalid
from ..statuses import Lifecycle

START, ACCOUNT, RESOURCE = "lineItem/UsageStartDate", "lineItem/UsageAccountId", "lineItem/ResourceId"
USAGE, HOURS, PAID = "lineItem/UsageType", "lineItem/UsageAmount", "lineItem/UnblendedCost"
TYPE, ZONE = "product/instanceType", "lineItem/AvailabilityZone"
BASELINE, TERM = "pricing/publicOnDemandCost", "pricing/term"
CLUSTER = "resourceTags/user:kubernetes.io/cluster"
NEEDED = (START, ACCOUNT, RESOURCE, USAGE, HOURS, PAID, TYPE, ZONE, BASELINE, TERM)

INSTANCE_USAGE = ("BoxUsage", "SpotUsage", "DedicatedUsage")
MOST_HOURS = 31 * 24
BAD_LINES_NAMED = 5


@dataclass(frozen=True, slots=True)
class UsageLine:
    account_id: str
    cluster: str
    instance: str
    instance_type: str
    zone: str
    lifecycle: str
    starts_at: datetime
    seconds: int
    baseline_usd: Decimal
    paid_usd: Decimal


class BadLine(ValueError):
    """What is wrong with one line."""


def lines_of(path: Path, accounts: frozenset[str]) -> Iterator[UsageLine]:
    """The instance hours of a file, all of accounts among `accounts`; other kinds of usage are left out.

    Raises UsageFileInvalid naming the first bad lines, at the latest after the last good one.
    """
    bad: list[str] = []
    try:
        with _opened(path) as file:
            reader = csv.DictReader(file)
            _check_columns(reader.fieldnames or ())
            for row in reader:
                try:
                    if (line := _line(row, accounts)) and not bad:
                        yield line
                except BadLine as error:
                    bad.append(f"line {reader.line_num}: {error}")
                    if len(bad) == BAD_LINES_NAMED:
                        break
    except OSError as error:
        raise UsageFileInvalid(file=path.name, why=error.strerror or "it is not a whole gzip file") from error
    except (EOFError, UnicodeDecodeError, csv.Error) as error:
        raise UsageFileInvalid(file=path.name, why=f"it cannot be read as csv ({error})") from error
    except BadLine as error:
        raise UsageFileInvalid(file=path.name, why=str(error)) from error
    if bad:
        raise UsageFileInvalid(file=path.name, why="; ".join(bad))


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _check_columns(found: object) -> None:
    missing = [name for name in NEEDED if name not in set(found)]  # type: ignore[call-overload]  # csv
    if missing:
        raise BadLine(f"it lacks the columns {', '.join(missing)}")


def _line(row: Mapping[str, str | None], accounts: frozenset[str]) -> UsageLine | None:
    """One line, None where it is no instance's usage. Raises BadLine."""
    if None in row.values() or None in row:
        raise BadLine("it has not as many fields as the header")
    values = {name: (value or "").strip() for name, value in row.items()}
    if not any(kind in values[USAGE] for kind in INSTANCE_USAGE):
        return None
    if values[ACCOUNT] not in accounts:
        raise BadLine(f"account {values[ACCOUNT] or 'without a number'} is not connected for this client")
    hours = _amount(values, HOURS)
    if hours > MOST_HOURS:
        raise BadLine(f"{HOURS} is {hours}: more than a month")
    return UsageLine(
        account_id=values[ACCOUNT],
        cluster=values.get(CLUSTER, ""),
        instance=_instance(values[RESOURCE]),
        instance_type=_given(values, TYPE, 40),
        zone=_given(values, ZONE, 30),
        lifecycle=Lifecycle.SPOT if values[TERM] == "Spot" else Lifecycle.ON_DEMAND,
        starts_at=_time(values[START]),
        seconds=int((hours * 3600).to_integral_value()),
        baseline_usd=_amount(values, BASELINE),
        paid_usd=_amount(values, PAID),
    )


def _given(values: Mapping[str, str], name: str, longest: int) -> str:
    if not 0 < len(values[name]) <= longest:
        raise BadLine(f"{name} is {values[name][:50]!r}")
    return values[name]


def _instance(resource: str) -> str:
    if not resource.startswith("i-") or len(resource) > 24:
        raise BadLine(f"{RESOURCE} is {resource[:50]!r}, not an instance id")
    return resource


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadLine(f"{START} is {text[:50]!r}, not a time") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _amount(values: Mapping[str, str], name: str) -> Decimal:
    try:
        amount = Decimal(values[name])
    except InvalidOperation as error:
        raise BadLine(f"{name} is {values[name][:50]!r}, not a number") from error
    if not amount.is_finite() or not 0 <= amount < 10_000_000:
        raise BadLine(f"{name} is {values[name][:50]!r}")
    return amount
