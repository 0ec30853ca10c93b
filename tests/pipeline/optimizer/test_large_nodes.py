"""Many nodes and large ones: halves improved side by side, and fillings that a solver finds."""

from itertools import product

import numpy as np
import pytest

from apps.pipeline.optimizer.arrays import arrays_of
from apps.pipeline.optimizer.building import seed_chance
from apps.pipeline.optimizer.families import families_of
from apps.pipeline.optimizer.knapsack import fractional_filling, whole_filling
from apps.pipeline.optimizer.model import HOST_LABEL, ON_DEMAND, SPOT, Limits
from apps.pipeline.optimizer.relaxing import signatures
from apps.pipeline.optimizer.side_by_side import side_by_side
from apps.pipeline.optimizer.solving import solve, warm_up
from apps.pipeline.optimizer.sorts import sorts_of
from apps.pipeline.verification import check_bound, check_plan
from tests.pipeline.verification.build import apart, offering, problem, shape, spread

ROOM = np.array([10.0, 17.0])
REQUESTS = np.array([[3.0, 2.0], [2.0, 5.0], [4.0, 3.0], [1.0, 4.0]])
VALUE = np.array([3.1, 3.3, 4.6, 2.0])
UPPER = np.array([3.0, 2.0, 2.0, 2.0])
GROUP = np.array([-1, 0, -1, 0])
LIMIT = np.array([2.0])


def fits(filling: np.ndarray) -> bool:
    load = np.asarray(filling) @ REQUESTS
    return bool((load <= ROOM + 1e-9).all() and filling[1] + filling[3] <= LIMIT[0] + 1e-9)


def test_a_filling_of_whole_pods_is_the_best_there_is():
    every = [np.array(filling) for filling in product(*(range(int(most) + 1) for most in UPPER))]
    best = max(float(filling @ VALUE) for filling in every if fits(filling))
    found = whole_filling(ROOM, VALUE, REQUESTS, UPPER, GROUP, LIMIT)
    assert fits(found)
    assert float(found @ VALUE) == pytest.approx(best, rel=1e-3)


def test_cut_pods_fill_a_node_at_least_as_well_and_keep_to_its_room():
    whole = whole_filling(ROOM, VALUE, REQUESTS, UPPER, GROUP, LIMIT)
    cut = fractional_filling(ROOM, VALUE, REQUESTS, UPPER, GROUP, LIMIT)
    assert fits(cut)
    assert float(cut @ VALUE) > float(whole @ VALUE)


def test_lesser_host_groups_share_what_a_node_may_carry_of_them():
    web = [shape(apart(), of=["web"])] * 400
    lesser = [
        shape(spread(group, over=HOST_LABEL), of=[group]) for group in ("a", "b", "c") for _ in range(110)
    ]
    arrays = arrays_of(problem(*web, *lesser, *[shape()] * 5))
    families = families_of(arrays, arrays.counts)
    sorts = sorts_of(arrays, arrays.counts, signatures(arrays.bins.admitted), families, at_most=100)
    assert sorts is not None
    by_pods = dict(zip(sorts.pods.tolist(), range(len(sorts.pods)), strict=True))
    assert set(by_pods) == {400, 330, 5}
    assert sorts.group[by_pods[5]] == -1
    assert sorts.group_limit[sorts.group[by_pods[400]]] == 1
    assert sorts.group_limit[sorts.group[by_pods[330]]] == 3
    assert (sorts.upper[: arrays.offered, by_pods[330]] == 3).all()


def test_both_steps_are_taken_and_what_chance_decides_can_be_repeated():
    def drawn() -> list[list[int]]:
        seed_chance(7)
        seen: list[list[int]] = [[], []]
        side_by_side(lambda: seen[0].append(1), lambda: seen[1].append(2))
        return seen

    assert drawn() == [[1], [2]] == drawn()


def test_a_step_that_fails_on_the_other_core_is_not_lost():
    def fail() -> None:
        raise ValueError("the second")

    with pytest.raises(ValueError, match="the second"):
        side_by_side(lambda: None, fail)


@pytest.mark.parametrize("limits", [Limits(), Limits(min_on_demand_nodes=3)])
def test_hundreds_of_nodes_stay_a_plan_that_can_be_carried_out(limits):
    warm_up()
    alone = [shape(apart(), cpu=700 + 100 * (at % 5), of=["web"]) for at in range(400)]
    loose = [shape(cpu=300 + 50 * (at % 9), mem=300 + 200 * (at % 7)) for at in range(600)]
    pools = [
        offering(4 * at + size, zone=zone, cost=cost, lifecycle=kind, capacity=room)
        for at, (zone, kind) in enumerate((("a", SPOT), ("b", SPOT), ("b", ON_DEMAND)))
        for size, (cost, room) in enumerate(
            ((0.05 + 0.01 * at, (1900, 3400, 29)), (0.11 + 0.02 * at, (3900, 7000, 58)))
        )
    ]
    packing = problem(*alone, *loose, offerings=tuple(pools), limits=limits)
    plan = solve(packing, deadline_seconds=2.0, gap=0.0)
    assert check_plan(packing, plan) == []
    assert check_bound(packing, plan) == []
    assert plan.unplaced == ()
    assert len(plan.new_nodes) >= 400
