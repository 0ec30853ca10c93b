"""The replay sees every way of doing it wrong: a checker that accepts all would prove nothing."""

from dataclasses import replace

import pytest

from apps.pipeline.consolidation.model import Bought, Eviction, Layout, NodeBudget, Stay, Wave, Way
from apps.pipeline.consolidation.replaying import replay
from apps.pipeline.optimizer.model import ZONE_LABEL, Rule, RuleKind

from .layouts import ON_DEMAND_ONLY, apart, layout, node, offering, pod, spread


def wave(*removed: str, rounds: tuple[tuple[Eviction, ...], ...] = (), **buys: Bought) -> Wave:
    return Wave(removed, buys, rounds, 0.0)


def faults(cluster: Layout, *waves: Wave) -> str:
    return " ".join(replay(cluster, Way(waves)).faults)


GO = Eviction("p", "old", "new")


def two(*pods, **more) -> Layout:
    return layout(node("old", *(pods or (pod("p"),))), node("new"), **more)


def test_a_safe_way_has_no_fault() -> None:
    seen = replay(two(), Way((wave("old", rounds=((GO,),)),)))
    assert seen.faults == []
    assert (seen.evictions, seen.cost) == (1, pytest.approx(0.2))


def test_a_pod_left_behind() -> None:
    assert "removed with 1 pods on it" in faults(two(), wave("old"))


def test_a_pod_that_vanishes() -> None:
    assert "2 pods ran before, 1 do in the end" in faults(
        two(pod("p"), pod("q")), wave("old", rounds=((GO,),))
    )


def test_more_nodes_at_once_than_a_budget_lets() -> None:
    cluster = layout(node("a"), node("b"), node("c"), at_once=(NodeBudget("share", pct=34),))
    assert faults(cluster, wave("a", "b")) == ""
    assert "3 nodes leave at once, budget share lets 2 of 3" in faults(cluster, wave("a", "b", "c"))


def test_nodes_that_move_already_use_up_the_budget() -> None:
    cluster = layout(node("a"), node("b"), at_once=(NodeBudget("one", count=1),), disturbed=1)
    assert "2 nodes leave at once" in faults(cluster, wave("a"))


def test_more_of_a_group_than_its_budget_lets() -> None:
    nodes = [node(name, group="g") for name in "ab"]
    cluster = layout(*nodes, node("c"), at_once=(NodeBudget("g", count=1, group="g"),))
    assert "2 nodes leave at once, budget g lets 1 of 2" in faults(cluster, wave("a", "b"))


def test_more_pods_of_a_budget_in_one_round_than_it_lets() -> None:
    pods = [pod(name, budget="web") for name in "pq"]
    other = Eviction("q", "old", "new")
    cluster = two(*pods, budgets={"web": 1})
    assert "budget web lets 1 pods go at once, q is one more" in faults(
        cluster, wave("old", rounds=((GO, other),))
    )
    assert faults(cluster, wave("old", rounds=((GO,), (other,)))) == ""


def test_a_node_that_is_overfilled_for_an_instant() -> None:
    cluster = layout(node("old", pod("p", 3000)), node("new", pod("q", 2000)))
    assert "new has room for 4000 of cpu and carries 5000" in faults(cluster, wave("old", rounds=((GO,),)))


def test_a_place_that_does_not_exist_yet() -> None:
    bought = Bought("new-0", 1)
    cluster = layout(node("old", pod("p")), node("other", pod("q")), offerings=[offering(1, 0.1)])
    first = wave("old", rounds=((Eviction("p", "old", "new-0"),),))
    second = wave("other", rounds=((Eviction("q", "other", "new-0"),),), other=bought)
    assert "pod p has no place: new-0 does not exist" in faults(cluster, first, second)


def test_a_pod_that_moves_twice() -> None:
    cluster = layout(node("old", pod("p")), node("new"), node("last"))
    again = wave("new", rounds=((Eviction("p", "new", "last"),),))
    assert "pod p moves a second time" in faults(cluster, wave("old", rounds=((GO,),)), again)


def test_a_pod_that_is_sent_to_a_node_that_leaves() -> None:
    cluster = layout(node("old", pod("p")), node("new"))
    assert "pod p goes to new, which takes none" in faults(cluster, wave("old", "new", rounds=((GO,),)))


def test_a_node_that_must_stay() -> None:
    cluster = layout(node("a", stay=Stay.YOUNG, sentence="It is 3 min old."), node("b"))
    assert "a must stay: It is 3 min old." in faults(cluster, wave("a"))


def test_a_bill_beyond_the_cap() -> None:
    cluster = layout(node("a"), offerings=[offering(1, 0.1)], max_price_hourly_usd=0.25)
    assert "passes the cap of $0.25/h" in faults(cluster, wave("a", a=Bought("new-0", 1)))


def test_a_node_that_a_pod_may_not_run_on() -> None:
    assert "pod p may not run on new" in faults(
        two(pod("p", where=ON_DEMAND_ONLY)), wave("old", rounds=((GO,),))
    )


@pytest.mark.parametrize(
    ("moved", "there", "words"),
    [
        (pod("p", group="db", rules=[apart("db")]), pod("q", group="db"), "db runs there already"),
        (pod("p", group="db"), pod("q", rules=[apart("db")]), "from which q keeps db away"),
        (
            pod("p", group="web", rules=[Rule(RuleKind.SPREAD, "web", "kubernetes.io/hostname")]),
            pod("q", group="web"),
            "2 of web on one host, 1 may be",
        ),
    ],
)
def test_a_rule_on_hosts_that_is_broken(moved, there, words) -> None:
    cluster = layout(node("old", moved), node("new", there))
    assert words in faults(cluster, wave("old", rounds=((GO,),)))


def test_an_unlisted_pod_that_keeps_others_away() -> None:
    cluster = layout(node("old", pod("p", group="db")), node("new", apart=frozenset({"db"})))
    assert "new, which keeps db away" in faults(cluster, wave("old", rounds=((GO,),)))


def test_a_zone_that_would_hold_too_many() -> None:
    rule = [spread("web")]
    cluster = layout(
        node("old", pod("p", group="web", rules=rule), zone="b"),
        node("new", pod("q", group="web", rules=rule), zone="a"),
        node("third", zone="b"),
    )
    assert "2 of web in its zone and 0 in another" in faults(cluster, wave("old", rounds=((GO,),)))


def test_a_pod_that_leaves_the_zone_of_its_like() -> None:
    rule = [Rule(RuleKind.TOGETHER, "db", ZONE_LABEL)]
    cluster = layout(
        node("old", pod("p", group="db", rules=rule), pod("q", group="db", rules=rule)), node("new", zone="b")
    )
    moved = wave("old", rounds=((GO,),))
    assert "db runs in another zone" in faults(cluster, moved)
    assert "old" in replace(moved).removed
