"""What a request's body is read with: JSON of which every string can be stored."""

import re
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

# PostgreSQL stores no NUL, and half of a surrogate pair is no character.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class StorableJson(JSONParser):
    """JSON alone: no form of another site can send it. Raises ParseError."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            body = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("it is nested too deeply.") from error
        if any(UNSTORABLE.search(text) for text in _texts(body)):
            raise ParseError("a text has characters in it that are none.")
        return body


def _texts(body: Any) -> list[str]:
    """Every string in it, names of fields too."""
    waiting, found = [body], []
    while waiting:
        match waiting.pop():
            case str(text):
                found.append(text)
            case dict(fields):
                waiting += [*fields, *fields.values()]
            case list(items):
                waiting += items
    return found
