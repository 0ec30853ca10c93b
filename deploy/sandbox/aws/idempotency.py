"""ClientToken: the same request twice is one launch and one answer."""

import json
import time
from typing import Any

from moto.ec2.exceptions import EC2ClientError

REMEMBERED_SECONDS = 24 * 3600


class ClientTokens:
    """Answers by (account, region, action, token); the caller holds the world's lock."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, ...], tuple[float, str, Any]] = {}

    def recall(self, key: tuple[str, ...], request: dict[str, Any]) -> Any | None:
        """The earlier answer, None if there was none. Raises IdempotentParameterMismatch."""
        since, asked, answer = self._answers.get(key, (0.0, "", None))
        if answer is None or time.time() - since > REMEMBERED_SECONDS:
            return None
        if asked != _fingerprint(request):
            raise EC2ClientError(
                "IdempotentParameterMismatch",
                "Arguments on this idempotent request are inconsistent with arguments used in previous "
                "request(s).",
            )
        return answer

    def remember(self, key: tuple[str, ...], request: dict[str, Any], answer: Any) -> None:
        self._answers[key] = (time.time(), _fingerprint(request), answer)


def _fingerprint(request: dict[str, Any]) -> str:
    return json.dumps(request, sort_keys=True, default=str)
