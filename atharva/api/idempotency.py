"""The Idempotency-Key header of POSTs that start work: the same key gives the same work back."""

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from .problems import Malformed

LONGEST = 120

# For @extend_schema(parameters=[...]) of every POST that takes one.
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "maxLength": LONGEST},
    OpenApiParameter.HEADER,
    description="A request that is sent again with the same key starts nothing new.",
)


class IdempotencyKeyInvalid(Malformed):
    code = "idempotency_key_invalid"
    message = "The Idempotency-Key has to be printable, and at most {longest} characters long."


def idempotency_key(request: Request) -> str:
    """The key that a request carries, empty where it has none. Raises IdempotencyKeyInvalid."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > LONGEST or not key.isprintable():
        raise IdempotencyKeyInvalid(longest=LONGEST)
    return key
