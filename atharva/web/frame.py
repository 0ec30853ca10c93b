"""What stands around every page: shapes of the rail and the header. Apps fill them in."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page is: its live stream as of before anything was read, and the tenant that it shows."""

    live_url: str = ""
    live_seq: int | None = None
    tenant_id: UUID | None = None
    tenant_name: str = ""


class PlacedRequest(HttpRequest):
    """A request whose page has said where it is."""

    place: Place


@dataclass(frozen=True, slots=True)
class Crumb:
    label: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Viewer:
    name: str
    username: str
    initials: str
    role_label: str


@dataclass(frozen=True, slots=True)
class RailLink:
    """`key` is the letter that goes there after `g`; `short` is its word on a phone.

    `current` is aria-current's word: page there, true on a page below it, empty elsewhere.
    """

    label: str
    short: str
    icon: str
    href: str
    key: str = ""
    current: str = ""
    rank: int = 0


@dataclass(frozen=True, slots=True)
class RailGroup:
    label: str
    links: Sequence[RailLink]


@dataclass(frozen=True, slots=True)
class PhoneBar:
    """The rail on a phone: what stands in the bar, and what "More" opens."""

    links: Sequence[RailLink]
    more: Sequence[RailGroup]

    @property
    def current(self) -> str:
        """aria-current's word of "More": true where one is at something that it opens."""
        return "true" if any(link.current for group in self.more for link in group.links) else ""


@dataclass(frozen=True, slots=True)
class SwitchOption:
    name: str
    href: str
    aside: str
    current: bool


@dataclass(frozen=True, slots=True)
class Switcher:
    current: str
    options: Sequence[SwitchOption]


@dataclass(frozen=True, slots=True)
class Running:
    """Work under way, in words, and how much of it has ended."""

    words: str
    total: int
    done: int
    href: str
