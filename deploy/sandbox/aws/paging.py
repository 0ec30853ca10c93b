"""MaxResults and NextToken: slice first, render only the page."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from moto.ec2.exceptions import EC2ClientError

Row = TypeVar("Row")
MOST = 1000


def encode(place: str) -> str:
    return base64.urlsafe_b64encode(place.encode()).decode()


def decode(token: str) -> str:
    """What `encode` was given. Raises InvalidNextToken."""
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise EC2ClientError("InvalidNextToken", "The token you specified is invalid.") from None


def page(
    rows: Sequence[Row], *, max_results: int | None, token: str | None, most: int = MOST
) -> tuple[Sequence[Row], str | None]:
    """One page of rows whose order is stable, and the token of the next."""
    try:
        start = int(decode(token)) if token else 0
    except ValueError:
        raise EC2ClientError("InvalidNextToken", "The token you specified is invalid.") from None
    stop = start + min(max_results or most, most)
    return rows[start:stop], encode(str(stop)) if stop < len(rows) else None
