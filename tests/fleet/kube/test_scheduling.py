"""What a pod asks of the place where it runs, as it is read from the wire."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from apps.fleet.kube import wire
from apps.fleet.kube.port import SeenPod
from apps.fleet.kube.reading import seen_node, seen_pod
from apps.fleet.kube.scheduling import ANYWHERE, LabelRule, NodeTerm, PodRule, SpreadRule, Tolerated

POD = msgspec.json.Decoder(wire.Pod)
NODE = msgspec.json.Decoder(wire.Node)
META = {"name": "web-1", "namespace": "shop", "uid": "u", "labels": {"app": "web"}}
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
WEB = frozenset({LabelRule("app", "In", frozenset({"web"}))})
WIRE_WEB = {"matchLabels": {"app": "web"}}


def pod(spec: dict[str, Any] | None = None, status: dict[str, Any] | None = None, **meta: Any) -> SeenPod:
    body = {"metadata": {**META, **meta}, "spec": spec or {}, "status": status or {}}
    return seen_pod(POD.decode(msgspec.json.encode(body)))


def refused(reason: str = "Unschedulable", status: str = "False") -> dict[str, Any]:
    condition = {
        "type": "PodScheduled",
        "status": status,
        "reason": reason,
        "message": "0/3 nodes are available: 3 Insufficient cpu.",
        "lastTransitionTime": "2026-05-04T12:00:00Z",
    }
    return {"phase": "Pending", "conditions": [condition]}


def test_a_pod_without_rules_may_run_anywhere() -> None:
    spec = {
        "affinity": {
            "nodeAffinity": {PREFERRED: [{"weight": 1, "preference": {}}]},
            "podAntiAffinity": {PREFERRED: [{"weight": 1, "podAffinityTerm": {"topologyKey": "zone"}}]},
        },
        "topologySpreadConstraints": [
            {"topologyKey": "zone", "maxSkew": 1, "whenUnsatisfiable": "ScheduleAnyway"}
        ],
    }
    assert pod(spec).scheduling is ANYWHERE
    assert pod({"affinity": None, "nodeSelector": None}).scheduling is ANYWHERE


def test_pods_of_one_template_share_their_rules() -> None:
    spec = {"nodeSelector": {"disk": "ssd"}, "tolerations": [{"key": "spot", "operator": "Exists"}]}
    one, other = pod(spec, name="a"), pod(spec, name="b")

    assert one.scheduling is other.scheduling
    assert one.scheduling.selector == {LabelRule("disk", "In", frozenset({"ssd"}))}
    assert one.scheduling.tolerations == {Tolerated("spot", "Exists")}


def test_required_node_affinity_is_read_by_label_and_by_name() -> None:
    expressions = [{"key": "gen", "operator": "Gt", "values": ["5"]}]
    fields = [{"key": "metadata.name", "operator": "In", "values": ["node-a"]}]
    terms = [{"matchExpressions": expressions}, {"matchFields": fields}]

    seen = pod({"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": terms}}}}).scheduling

    assert seen.terms is not None
    assert set(seen.terms) == {
        NodeTerm(labels=frozenset({LabelRule("gen", "Gt", frozenset({"5"}))})),
        NodeTerm(names=frozenset({LabelRule("metadata.name", "In", frozenset({"node-a"}))})),
    }


def test_a_spread_that_forbids_is_read_with_its_policies() -> None:
    spread = {
        "topologyKey": "topology.kubernetes.io/zone",
        "maxSkew": 2,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": WIRE_WEB,
        "matchLabelKeys": ["pod-template-hash"],
        "minDomains": 3,
        "nodeAffinityPolicy": "Ignore",
        "nodeTaintsPolicy": "Honor",
    }
    [seen] = pod({"topologySpreadConstraints": [spread]}).scheduling.spreads

    assert seen == SpreadRule(
        domain="topology.kubernetes.io/zone",
        max_skew=2,
        selector=WEB,
        match_label_keys=frozenset({"pod-template-hash"}),
        min_domains=3,
        every_node=True,
        every_taint=False,
    )


def test_a_selector_that_is_absent_picks_nothing_and_an_empty_one_everything() -> None:
    terms = [
        {"topologyKey": "a"},
        {"topologyKey": "b", "labelSelector": {}, "namespaces": ["bank"]},
        {"topologyKey": "c", "labelSelector": WIRE_WEB, "namespaceSelector": {}},
    ]
    rules = pod({"affinity": {"podAntiAffinity": {REQUIRED: terms}}}).scheduling.apart

    assert rules == {
        PodRule("a", None),
        PodRule("b", frozenset(), namespaces=frozenset({"bank"})),
        PodRule("c", WEB, namespace_selector=frozenset()),
    }


def test_affinity_to_pods_is_told_from_anti_affinity() -> None:
    spec = {"affinity": {"podAffinity": {REQUIRED: [{"topologyKey": "a", "labelSelector": WIRE_WEB}]}}}

    assert pod(spec).scheduling.together == {PodRule("a", WEB)}
    assert not pod(spec).scheduling.apart


def test_what_a_pod_asks_beside_cpu_and_memory_is_counted_as_the_scheduler_does() -> None:
    init = {"resources": {"requests": {"nvidia.com/gpu": "2", "ephemeral-storage": "1Gi"}}}
    app = {"resources": {"requests": {"cpu": "1", "nvidia.com/gpu": "1", "ephemeral-storage": "3Gi"}}}
    side = {"resources": {"requests": {"ephemeral-storage": "100Mi", "hugepages-2Mi": "64Mi"}}}

    seen = pod({"initContainers": [init], "containers": [app, side]})

    assert seen.cpu_milli == 1000
    assert seen.extra == {"nvidia.com/gpu": 2, "ephemeral-storage": 3172, "hugepages-2Mi": 64}


def test_a_node_offers_what_it_has_beside_cpu_and_memory() -> None:
    allocatable = {
        "cpu": "4",
        "memory": "8Gi",
        "pods": "58",
        "ephemeral-storage": "18242267924",
        "nvidia.com/gpu": "1",
    }
    body = {"metadata": {"name": "a"}, "status": {"allocatable": allocatable}}
    seen = seen_node(NODE.decode(msgspec.json.encode(body)))

    assert seen.extra == {"ephemeral-storage": 17397, "nvidia.com/gpu": 1}


def test_claims_are_named_and_those_of_ephemeral_volumes_follow_the_pod() -> None:
    volumes = [
        {"name": "data", "persistentVolumeClaim": {"claimName": "data-web-1"}},
        {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {}}},
        {"name": "config", "configMap": {"name": "c"}},
    ]
    assert pod({"volumes": volumes}).claims == ("data-web-1", "web-1-scratch")


def test_ports_of_the_host_are_seen() -> None:
    ports = [{"containerPort": 80}, {"containerPort": 53, "hostPort": 53, "protocol": "UDP"}]

    assert pod({"containers": [{"ports": ports}]}).host_ports == {"UDP/53"}


@pytest.mark.requirement("P1.1")
def test_a_pod_waits_for_a_node_once_the_scheduler_has_refused_it() -> None:
    seen = pod(status=refused())

    assert seen.unschedulable_at == datetime(2026, 5, 4, 12, tzinfo=UTC)
    assert "Insufficient cpu" in seen.refusal
    assert seen.waits_for_node


@pytest.mark.parametrize(
    ("spec", "status", "meta"),
    [
        ({}, {"phase": "Pending"}, {}),
        ({}, refused(reason="SchedulingGated"), {}),
        ({}, refused(status="True"), {}),
        ({"nodeName": "node-a"}, refused(), {}),
        ({"schedulingGates": [{"name": "quota"}]}, refused(), {}),
        ({}, {**refused(), "nominatedNodeName": "node-a"}, {}),
        ({}, refused(), {"deletionTimestamp": "2026-05-04T12:00:00Z"}),
        ({}, refused(), {"ownerReferences": [{"kind": "DaemonSet", "name": "logs", "controller": True}]}),
    ],
)
def test_a_pod_that_a_new_node_would_not_help_waits_for_none(
    spec: dict[str, Any], status: dict[str, Any], meta: dict[str, Any]
) -> None:
    assert not pod(spec, status, **meta).waits_for_node
