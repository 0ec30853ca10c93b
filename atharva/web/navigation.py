"""The rail: each app registers where one can go in it, when Django starts."""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from uuid import UUID

from .frame import PhoneBar, RailGroup, RailLink


@dataclass(frozen=True, slots=True)
class Destination:
    """A place to go for some roles. `href` is told the tenant at hand, and may answer "" without one.

    Within a group the lowest `rank` stands first; of all, the lowest stand in the bar of a phone.
    """

    group: str
    label: str
    short: str
    icon: str
    key: str
    roles: Set[str]
    href: Callable[[UUID | None], str]
    rank: int = 0


# What is looked at all day stands above what is set up once, whichever app registers first.
TENANT = "Tenant"
GROUPS = ("Platform", "Fleet", "Lab", TENANT)
# As many words as 390 px hold.
ROOM_IN_BAR = 5
_destinations: list[Destination] = []


def register(*destinations: Destination) -> None:
    """Add to the rail, within a group and rank in the order of the calls."""
    _destinations.extend(destinations)
    _destinations.sort(key=_standing)


def _standing(to: Destination) -> tuple[int, int]:
    return GROUPS.index(to.group) if to.group in GROUPS else len(GROUPS), to.rank


def rail(role: str, tenant_id: UUID | None, tenant_name: str, path: str) -> list[RailGroup]:
    """The rail of a person of `role` who is at `path`; the tenant at hand gives its group the name."""
    groups: dict[str, list[RailLink]] = {}
    for to in _destinations:
        if role in to.roles and (href := to.href(tenant_id)):
            link = RailLink(to.label, to.short, to.icon, href, to.key, _current(href, path), to.rank)
            groups.setdefault(to.group, []).append(link)
    names = {TENANT: tenant_name or TENANT}
    return [RailGroup(names.get(label, label), links) for label, links in groups.items()]


def phone_bar(groups: Sequence[RailGroup]) -> PhoneBar:
    """All of it where there is room; else the lowest ranks, in the rail's order, and the others as more."""
    links = [link for group in groups for link in group.links]
    if len(links) <= ROOM_IN_BAR:
        return PhoneBar(links, [])
    first = sorted(links, key=lambda link: link.rank)[: ROOM_IN_BAR - 1]
    rest = [RailGroup(group.label, [link for link in group.links if link not in first]) for group in groups]
    return PhoneBar([link for link in links if link in first], [group for group in rest if group.links])


def _current(href: str, path: str) -> str:
    if href == path:
        return "page"
    return "true" if path.startswith(f"{href}/") else ""
