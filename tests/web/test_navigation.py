"""The rail as a phone shows it: five words at most, and nothing is lost."""

import pytest

from atharva.web.frame import RailGroup, RailLink
from atharva.web.navigation import ROOM_IN_BAR, phone_bar


def link(word: str, rank: int = 0, current: str = "") -> RailLink:
    return RailLink(word, word, "plug", f"/{word}", rank=rank, current=current)


def words(groups) -> dict[str, list[str]]:
    return {group.label: [one.short for one in group.links] for group in groups}


@pytest.fixture
def many() -> list[RailGroup]:
    return [
        RailGroup("Platform", [link("live"), link("clients", 1), link("audit", 4)]),
        RailGroup("Fleet", [link("fleet")]),
        RailGroup("Tenant", [link("connect", 1), link("work", 2, current="true")]),
    ]


def test_what_has_room_stands_in_the_bar():
    five = [RailGroup("Tenant", [link(word) for word in "abcde"])]
    bar = phone_bar(five)
    assert ([one.short for one in bar.links], list(bar.more)) == (list("abcde"), [])


def test_otherwise_the_lowest_ranks_do_and_the_others_are_more_under_their_headings(many):
    bar = phone_bar(many)
    assert [one.short for one in bar.links] == ["live", "clients", "fleet", "connect"]
    assert len(bar.links) + 1 == ROOM_IN_BAR
    assert words(bar.more) == {"Platform": ["audit"], "Tenant": ["work"]}


def test_more_says_that_one_is_at_something_in_it(many):
    assert phone_bar(many).current == "true"
    elsewhere = [*many[:2], RailGroup("Tenant", [link("connect", 1), link("work", 2)])]
    assert phone_bar(elsewhere).current == ""
