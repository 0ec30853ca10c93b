"""The most that whole pods make of a node's room, against trying every number of each."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from apps.pipeline.verification.whole_pods import Choice, best_choice

choices = st.builds(
    Choice,
    gain=st.integers(1, 20).map(float),
    most=st.integers(1, 3),
    amounts=st.tuples(st.sampled_from((0, 2, 4, 6)), st.sampled_from((0, 3, 6))),
    group=st.sampled_from((None, None, "g", "h")),
)


def tried(offered: list[Choice], room: tuple[int, int]) -> float:
    best = 0.0
    for numbers in product(*(range(choice.most + 1) for choice in offered)):
        used = [sum(n * c.amounts[r] for n, c in zip(numbers, offered, strict=True)) for r in range(2)]
        grouped = [c.group for n, c in zip(numbers, offered, strict=True) for _ in range(n) if c.group]
        if used[0] <= room[0] and used[1] <= room[1] and len(grouped) == len(set(grouped)):
            best = max(best, sum(n * c.gain for n, c in zip(numbers, offered, strict=True)))
    return best


@given(st.lists(choices, max_size=4), st.tuples(st.integers(0, 20), st.integers(0, 13)))
def test_it_finds_what_trying_everything_finds(offered, room):
    assert best_choice(offered, room) == tried(offered, room)


def test_what_is_over_its_room_takes_nothing_and_what_takes_too_long_is_not_answered():
    one = Choice(1.0, 1, (1, 1), None)
    assert best_choice([one], (-1, 5)) == 0.0
    assert best_choice([one], (10**6, 10**6)) is None
