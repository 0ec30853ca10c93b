"""Streams cut into pages, so that a large account takes no more memory than a small one."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

PAGE = 500
T = TypeVar("T")


def in_pages(stream: Iterable[T], size: int = PAGE) -> Iterator[list[T]]:
    """Lists of up to `size` in the stream's order."""
    rest = iter(stream)
    while page := list(islice(rest, size)):
        yield page
