"""What a cluster's rows and objects become in the packing problem."""

import pytest

from apps.fleet.kube.port import Taint
from apps.fleet.kube.scheduling import NodeTerm, PodRule, Scheduling
from apps.pipeline.optimizer.model import (
    HOST_LABEL,
    LIFECYCLE_LABEL,
    ZONE_LABEL,
    Requirement,
    Rule,
    RuleKind,
)
from apps.pipeline.optimizer.model import Taint as PlannedTaint
from tests.factories import InstanceTypeFactory, PoolFactory

from .build import (
    WEB,
    A,
    B,
    C,
    apart,
    cluster_with_pools,
    daemon,
    gathered,
    is_in,
    node,
    offered,
    pod,
    running,
    shape_of,
    spread,
    together,
    tolerating,
)

pytestmark = pytest.mark.django_db


# ---------------------------------------------------------------------- offerings


def test_offerings_are_the_pools_that_the_policy_allows_at_their_risk_adjusted_cost():
    cluster = cluster_with_pools(A, types=("m6i.large", "c6i.xlarge"), families=["m6i"])
    PoolFactory(zone=B, instance_type=InstanceTypeFactory(name="m6i.large"), risk_upper=0.04)
    PoolFactory(zone=C, instance_type=InstanceTypeFactory(name="m6i.large"), risk_upper=0.5)

    found = gathered(cluster, [pod()])

    assert {one.instance_type for one in found.problem.offerings} == {"m6i.large"}
    assert {(one.zone, one.lifecycle) for one in found.problem.offerings} == {
        (A, "spot"),
        (A, "on_demand"),
        (B, "spot"),
    }
    assert offered(found).cost == offered(found).price == 0.03
    assert offered(found, B).cost > offered(found, B).price


def test_an_offering_has_what_a_node_has_left_beside_its_daemons():
    cluster = cluster_with_pools(A)
    bare = offered(gathered(cluster, [pod()], [node(zone=B)])).capacity

    logs = daemon("node-a", cpu_milli=100, memory_mib=50)
    elsewhere = Scheduling(selector=frozenset({is_in("disk", "ssd")}))
    cache = daemon("node-a", "cache", cpu_milli=700, memory_mib=50, scheduling=elsewhere)
    found = offered(gathered(cluster, [pod()], [node(zone=B)], others=[logs, cache])).capacity

    assert found == (bare[0] - 100, bare[1] - 50, bare[2] - 1)


def test_daemons_that_do_not_tolerate_a_new_nodes_taints_take_nothing_of_it():
    bootstrap = "/etc/eks/bootstrap.sh x --kubelet-extra-args '--register-with-taints=team=ml:NoSchedule'"
    cluster = cluster_with_pools(A, template={"user_data": bootstrap})
    mark = Taint("team", "ml", "NoSchedule")
    logs = daemon("node-a", cpu_milli=100)
    net = daemon("node-a", "net", cpu_milli=30, scheduling=Scheduling(tolerations=tolerating("team")))

    bare = offered(gathered(cluster, [pod()], [node(taints=(mark,))]))
    found = offered(gathered(cluster, [pod()], [node(taints=(mark,))], others=[logs, net]))

    assert found.taints == {PlannedTaint("team", "ml")}
    assert found.capacity[0] == bare.capacity[0] - 30


def test_a_type_that_was_seen_with_less_than_the_formula_says_has_less():
    cluster = cluster_with_pools(A)
    small = node(zone=B, cpu_milli=1500, memory_mib=5000)

    assert offered(gathered(cluster, [pod()], [small])).capacity[:2] == (1500, 5000)


def test_a_new_node_carries_what_every_node_of_the_cluster_carries():
    cluster = cluster_with_pools(A, template={"tags": {}})
    nodes = [
        node("node-a", labels={"team": "shop", "rack": "1"}),
        node("node-b", labels={"team": "shop", "rack": "2"}),
    ]
    asks = Scheduling(selector=frozenset({is_in("team", "shop"), is_in("rack", "1")}))

    labels = offered(gathered(cluster, [pod(scheduling=asks)], nodes)).labels

    assert labels["team"] == "shop"
    assert "rack" not in labels
    assert labels[ZONE_LABEL] == A
    assert labels[LIFECYCLE_LABEL] == "spot"


def test_a_taint_that_no_node_keeps_is_one_of_the_start():
    bootstrap = "/etc/eks/bootstrap.sh x --kubelet-extra-args '--register-with-taints=cni/agent=no:NoExecute'"
    cluster = cluster_with_pools(A, template={"user_data": bootstrap})

    assert offered(gathered(cluster, [pod()], [node()])).taints == frozenset()
    assert offered(gathered(cluster, [pod()])).taints == {PlannedTaint("cni/agent", "no", "NoExecute")}


def test_gpus_and_storage_are_counted_where_a_pod_asks_for_them():
    cluster = cluster_with_pools(A)
    InstanceTypeFactory(name="g5.xlarge", gpus=1)
    PoolFactory(zone=A, instance_type_id="g5.xlarge", instance_type=InstanceTypeFactory(name="g5.xlarge"))
    asks = pod(extra={"nvidia.com/gpu": 1, "ephemeral-storage": 1024})

    found = gathered(cluster, [asks])

    assert found.problem.resources == ("cpu", "memory", "pods", "ephemeral-storage", "nvidia.com/gpu")
    assert offered(found, type_name="g5.xlarge").capacity[4] == 1
    assert offered(found).capacity[4] == 0
    assert offered(found).capacity[3] > 15000
    assert shape_of(found, asks).requests == (500, 512, 1, 1024, 1)


# ------------------------------------------------------------------------- nodes


def test_a_node_offers_what_its_pods_leave_free():
    found = gathered(cluster_with_pools(A), [pod()], [node()], others=[running("node-a", cpu_milli=900)])

    [there] = found.problem.nodes
    assert there.free == (1030, 7000 - 512, 28)


@pytest.mark.parametrize(
    "changes",
    [
        {"ready": False},
        {"unschedulable": True},
        {"taints": (Taint("atharva.ai/disruption", "", "NoSchedule"),)},
    ],
)
def test_a_node_that_takes_no_pods_is_none_to_plan_with(changes):
    found = gathered(cluster_with_pools(A), [pod()], [node(**changes)])

    assert not found.problem.nodes


def test_a_taint_that_keeps_nobody_away_is_left_out():
    taints = (Taint("a", "", "PreferNoSchedule"), Taint("b", "x", "NoExecute"))
    [there] = gathered(cluster_with_pools(A), [pod()], [node(taints=taints)]).problem.nodes

    assert there.taints == {PlannedTaint("b", "x", "NoExecute")}


# -------------------------------------------------------------------------- pods


def test_a_selector_and_each_term_of_the_affinity_are_asked_of_a_node():
    rules = Scheduling(
        selector=frozenset({is_in("disk", "ssd")}),
        terms=frozenset(
            {
                NodeTerm(labels=frozenset({is_in("gen", "5", operator="Gt")})),
                NodeTerm(names=frozenset({is_in("metadata.name", "node-a")})),
            }
        ),
        tolerations=tolerating("spot"),
    )
    seen = pod(scheduling=rules)
    found = gathered(cluster_with_pools(A), [seen], [node("node-a")])

    disk = Requirement("disk", "In", frozenset({"ssd"}))
    where = shape_of(found, seen).where
    assert set(where.terms) == {
        frozenset({disk, Requirement("gen", "Gt", frozenset({"5"}))}),
        frozenset({disk, Requirement("metadata.name", "In", frozenset({"node-a"}))}),
    }
    assert found.problem.nodes[0].labels["metadata.name"] == "node-a"
    assert [one.key for one in where.tolerations] == ["spot"]


def test_an_affinity_whose_terms_say_nothing_admits_no_node():
    seen = pod(scheduling=Scheduling(terms=frozenset({NodeTerm()})))
    [term] = shape_of(gathered(cluster_with_pools(A), [seen]), seen).where.terms

    assert [one.values for one in term] == [frozenset()]


def test_the_older_name_of_a_label_means_the_same():
    seen = pod(
        scheduling=Scheduling(selector=frozenset({is_in("failure-domain.beta.kubernetes.io/zone", A)}))
    )
    [term] = shape_of(gathered(cluster_with_pools(A), [seen]), seen).where.terms

    assert term == {Requirement(ZONE_LABEL, "In", frozenset({A}))}


def test_a_volume_ties_its_pod_to_its_zone():
    seen, free = pod(claims=("data", "new")), pod()
    found = gathered(
        cluster_with_pools(A), [seen, free], claim_zones={("shop", "data"): frozenset({B}), ("x", "new"): {A}}
    )

    assert shape_of(found, seen).where.terms == (frozenset({Requirement(ZONE_LABEL, "In", frozenset({B}))}),)
    assert shape_of(found, free).where.terms == ()


def test_a_pod_that_waits_for_a_volume_is_not_helped_by_a_node():
    seen = pod(refusal='0/3 nodes are available: persistentvolumeclaim "data" not found.')
    found = gathered(cluster_with_pools(A), [seen])

    assert not found.problem.pods
    assert "waits for a volume" in found.unplaced[0].detail


def test_pods_that_are_alike_are_of_one_shape():
    one, other, third = pod(scheduling=spread(ZONE_LABEL)), pod(scheduling=spread(ZONE_LABEL)), pod()
    found = gathered(cluster_with_pools(A), [one, other, third])

    assert shape_of(found, one) is shape_of(found, other)
    assert shape_of(found, one) != shape_of(found, third)


# ------------------------------------------------------------------------ groups


def test_a_spread_counts_the_pods_of_its_namespace_that_it_selects():
    seen = pod(scheduling=spread(ZONE_LABEL, 2))
    others = [
        running("node-a"),
        running("node-a", namespace="bank"),
        running("node-b", labels={"app": "api"}),
        running("node-b", terminating=True),
        running("node-c"),
    ]
    nodes = [node("node-a"), node("node-b", B), node("node-c", C, unschedulable=True)]

    found = gathered(cluster_with_pools(A, B, C), [seen], nodes, others=others)

    [rule] = shape_of(found, seen).rules
    assert (rule.kind, rule.domain, rule.skew) == (RuleKind.SPREAD, ZONE_LABEL, 2)
    assert rule.group == "app=web in shop"
    assert {there.name: there.members.get(rule.group, 0) for there in found.problem.nodes} == {
        "node-a": 1,
        "node-b": 0,
    }
    assert found.problem.placed[rule.group] == {C: 1}


def test_two_spreads_over_the_same_pods_are_one_group_and_another_selector_is_another():
    one, other = pod(scheduling=spread(ZONE_LABEL)), pod()
    narrower = spread(ZONE_LABEL, match_label_keys=frozenset({"pod-template-hash"}))
    third = pod(labels={"app": "web", "pod-template-hash": "5d"}, scheduling=narrower)
    found = gathered(cluster_with_pools(A), [one, other, third])

    assert shape_of(found, one).member_of == shape_of(found, other).member_of
    [rule] = shape_of(found, third).rules
    assert shape_of(found, third).member_of == shape_of(found, one).member_of | {rule.group}
    assert rule.group not in shape_of(found, one).member_of


def test_the_scheduler_spreads_over_nodes_that_the_pod_may_run_on_only():
    rules = Scheduling(
        selector=frozenset({is_in("disk", "ssd")}),
        spreads=spread(ZONE_LABEL).spreads,
    )
    seen = pod(scheduling=rules)
    nodes = [node("node-a", labels={"disk": "ssd"}), node("node-b", B)]
    found = gathered(
        cluster_with_pools(A), [seen], nodes, others=[running("node-a"), running("node-b"), running("node-b")]
    )

    [rule] = shape_of(found, seen).rules
    counted = {there.name: there.members.get(rule.group, 0) for there in found.problem.nodes}
    assert counted == {"node-a": 1, "node-b": 0}


def test_a_pod_of_a_group_that_carries_no_rule_is_still_counted():
    carrier, bare = pod(scheduling=apart(HOST_LABEL)), pod()
    found = gathered(cluster_with_pools(A), [carrier, bare])

    [rule] = shape_of(found, carrier).rules
    assert rule.kind is RuleKind.APART
    assert shape_of(found, bare).member_of == {rule.group}
    assert not shape_of(found, bare).rules


def test_a_pod_that_runs_keeps_others_off_its_host_whether_or_not_they_mind():
    seen, stranger = pod(), pod(labels={"app": "api"})
    others = [running("node-a", scheduling=apart(HOST_LABEL))]
    found = gathered(cluster_with_pools(A), [seen, stranger], [node()], others=others)

    [there] = found.problem.nodes
    assert there.apart == shape_of(found, seen).member_of
    assert there.apart
    assert not shape_of(found, stranger).member_of


def test_a_pod_that_runs_keeps_others_out_of_its_zone():
    seen = pod()
    others = [running("node-b", scheduling=apart(ZONE_LABEL))]
    found = gathered(cluster_with_pools(A, B), [seen], [node("node-b", B)], others=others)

    assert shape_of(found, seen).where.terms == (
        frozenset({Requirement(ZONE_LABEL, "NotIn", frozenset({B}))}),
    )


def test_affinity_looks_into_the_namespaces_that_it_names():
    named = pod(scheduling=together(ZONE_LABEL, namespaces=frozenset({"bank"})))
    everywhere = pod(scheduling=together(ZONE_LABEL, namespace_selector=frozenset()))
    by_name = pod(
        scheduling=together(
            ZONE_LABEL, namespace_selector=frozenset({is_in("kubernetes.io/metadata.name", "bank")})
        )
    )
    others = [running("node-a", namespace="bank"), running("node-a")]
    found = gathered(cluster_with_pools(A), [named, everywhere, by_name], [node()], others=others)

    [there] = found.problem.nodes
    counted = [
        there.members[rule.group] for one in (named, everywhere) for rule in shape_of(found, one).rules
    ]
    assert counted == [1, 2]
    assert shape_of(found, by_name).rules == shape_of(found, named).rules


def test_affinity_to_namespaces_by_unread_labels_is_refused_by_name():
    seen = pod(scheduling=together(ZONE_LABEL, namespace_selector=frozenset({is_in("team", "shop")})))
    found = gathered(cluster_with_pools(A), [seen])

    assert "namespaces by their labels" in found.unplaced[0].detail


def test_with_several_terms_of_affinity_the_same_pods_must_meet_all():
    front_end = frozenset({is_in("tier", "front")})
    rules = Scheduling(together=frozenset({PodRule(ZONE_LABEL, WEB), PodRule(HOST_LABEL, front_end)}))
    seen = pod(scheduling=rules)
    front = running("node-a", labels={"app": "web", "tier": "front"})
    found = gathered(cluster_with_pools(A), [seen], [node()], others=[front, running("node-a")])

    [there] = found.problem.nodes
    assert {rule.domain for rule in shape_of(found, seen).rules} == {ZONE_LABEL, HOST_LABEL}
    assert [there.members[rule.group] for rule in shape_of(found, seen).rules] == [1, 1]


def test_ports_of_the_host_keep_their_pods_apart():
    one, other = pod(host_ports=frozenset({"TCP/443"})), pod(host_ports=frozenset({"TCP/80"}))
    taken = running("node-a", labels={}, host_ports=frozenset({"TCP/443"}))
    found = gathered(cluster_with_pools(A), [one, other], [node()], others=[taken])

    [there] = found.problem.nodes
    assert shape_of(found, one).rules == {Rule(RuleKind.APART, "port TCP/443", HOST_LABEL)}
    assert there.members == {"port TCP/443": 1}
    assert shape_of(found, other).member_of == {"port TCP/80"}


@pytest.mark.parametrize("rules", [spread("rack"), apart("rack"), together("rack")])
def test_a_rule_over_anything_but_zones_and_hosts_is_refused_by_name(rules):
    found = gathered(cluster_with_pools(A), [pod(scheduling=rules)])

    assert not found.problem.pods
    assert "rack; only zones and hosts are planned for" in found.unplaced[0].detail


def test_a_rule_over_regions_holds_or_fails_for_the_whole_cluster():
    region = "topology.kubernetes.io/region"
    easy = [pod(scheduling=spread(region)), pod(scheduling=together(region))]
    lonely = pod(labels={"app": "api"}, scheduling=together(region, namespaces=frozenset({"bank"})))
    found = gathered(cluster_with_pools(A), [*easy, lonely])

    assert all(not shape_of(found, one).rules for one in easy)
    assert [one.pod for one in found.unplaced] == [f"shop/{lonely.name}"]
    crowded = gathered(cluster_with_pools(A), [pod(scheduling=apart(region)), pod()])
    assert "apart from app=web in shop by region" in crowded.unplaced[0].detail


def test_more_zones_than_there_are_cannot_be_spread_over():
    seen = pod(scheduling=spread(ZONE_LABEL, min_domains=3))

    assert gathered(cluster_with_pools(A, B, C), [seen]).problem.pods
    found = gathered(
        cluster_with_pools("us-east-1d", "us-east-1e", template={"subnet_by_zone": {A: "s"}}), [seen]
    )
    assert "at least 3 zones; it may run in 1" in found.unplaced[0].detail


def test_a_zone_that_the_scheduler_counts_and_no_pod_may_enter_is_said():
    rules = Scheduling(
        selector=frozenset({is_in(ZONE_LABEL, A)}), spreads=spread(ZONE_LABEL, every_node=True).spreads
    )
    found = gathered(cluster_with_pools(A, B), [pod(scheduling=rules)], [node(), node("node-b", B)])

    assert f"counts {B} too" in found.unplaced[0].detail
