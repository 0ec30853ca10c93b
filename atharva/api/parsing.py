"""What a request's body is read with."""

import re
from collections.abc import Iterator, Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

# Half of a pair is no character: no answer could repeat it, and no database keep it.
SURROGATE = re.compile("[\ud800-\udfff]")


class WholeCharacters(JSONParser):
    """JSON alone, which no form of another site can send. Raises ParseError."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            body = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("it is nested too deeply.") from error
        if any(SURROGATE.search(text) for text in _texts(body)):
            raise ParseError("a text has half of a character in it.")
        return body


def _texts(body: Any) -> Iterator[str]:
    """Every string in it, names of fields too."""
    waiting = [body]
    while waiting:
        match waiting.pop():
            case str(text):
                yield text
            case dict(fields):
                waiting += [*fields, *fields.values()]
            case list(items):
                waiting += items
