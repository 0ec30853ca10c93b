"""Decisions on a cluster that answers: its pods say where a node may go, and whether it may."""

import pytest
from django.core.management import call_command
from django.utils import timezone
from kubernetes.client import AppsV1Api

from apps.fleet.models import Pool, Switch
from apps.fleet.statuses import DisruptionKind, Lifecycle
from apps.pipeline.decision.service import decide
from apps.pipeline.models import PipelineRun
from deploy.sandbox.seed.world import NodeSet
from tests.world.tenant import eventually

ZONE = "us-east-1a"


@pytest.fixture
def built(tenant):
    """A cluster of on-demand nodes, which any spot pool undercuts; whatever may move, moves."""

    def build(count=1, **policy):
        rules = {"max_moving_pct": 100, "max_pool_share_pct": 100} | policy
        return tenant().build(NodeSet("m5.xlarge", ZONE, count, "on-demand"), **rules)

    return build


def said_of(run, node):
    return next(said for said in run.decisions if said["node"] == node.name)


def test_an_active_cluster_begins_its_moves(built):
    world = built(2)
    run = decide(world.cluster.pk)
    switches = list(Switch.objects.filter(cluster=world.cluster))
    assert (run.problem, run.moves, len(switches)) == ("", 2, 2)
    for switch in switches:
        assert (switch.kind, switch.to_pool.lifecycle) == (DisruptionKind.COST, Lifecycle.SPOT)
        assert switch.saving_promised_hourly_usd > 0
        assert str(switch.pk) in {said["switch"] for said in run.decisions}


def test_what_moves_already_is_not_moved_again(built):
    world = built()
    decide(world.cluster.pk)
    again = decide(world.cluster.pk)
    assert again.moves == 0
    assert said_of(again, world.nodes()[0])["reasons"] == ["moving"]
    assert Switch.objects.filter(cluster=world.cluster).count() == 1


def test_a_dry_run_decides_and_begins_nothing(built):
    run = decide(built(mode="dry_run").cluster.pk)
    assert (run.moves, run.held_by) == (1, ["The cluster is in dry run."])
    assert run.decisions[0]["candidates"]
    assert not Switch.objects.exists()


def test_few_pods_make_a_smaller_pool_enough(built):
    world = built()
    world.deployment("web", replicas=3)
    decide(world.cluster.pk)
    chosen = Pool.objects.in_bulk(Switch.objects.get().candidates)
    assert {pool.instance_type.cpu_milli for pool in chosen.values()} == {2000}


def test_pods_that_fill_the_node_want_one_as_large(built):
    world = built()
    world.deployment("web", replicas=3, cpu="1100m")
    decide(world.cluster.pk)
    chosen = Pool.objects.in_bulk(Switch.objects.get().candidates)
    assert min(pool.instance_type.cpu_milli for pool in chosen.values()) == 4000


def run_on(world, *architectures):
    """A Deployment whose pods say that they run on those architectures."""
    named = {"key": "kubernetes.io/arch", "operator": "In", "values": list(architectures)}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [named]}]}
    labels = {"app": "web"}
    spec = {
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}},
        "containers": [{"name": "main", "image": "registry.example/app:1"}],
    }
    template = {"metadata": {"labels": labels}, "spec": spec}
    body = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    AppsV1Api(world.api).create_namespaced_deployment("default", {"metadata": {"name": "web"}, "spec": body})
    eventually("web runs", lambda: world.ready("web") == 1)


def test_a_node_goes_to_another_architecture_where_its_pods_say_that_they_may(built):
    world = built(architectures=["arm64"])
    run_on(world, "amd64", "arm64")
    decide(world.cluster.pk)
    chosen = Pool.objects.in_bulk(Switch.objects.get().candidates)
    assert {pool.instance_type.architecture for pool in chosen.values()} == {"arm64"}


def test_pods_of_one_architecture_keep_their_node(built):
    world = built(architectures=["arm64"])
    run_on(world, "amd64")
    run = decide(world.cluster.pk)
    assert said_of(run, world.nodes()[0])["reasons"] == ["not_portable"]
    assert not Switch.objects.exists()


def test_a_policy_that_names_none_keeps_the_architecture(built):
    world = built()
    run_on(world, "amd64", "arm64")
    run = decide(world.cluster.pk)
    chosen = Pool.objects.in_bulk(Switch.objects.get().candidates)
    assert {pool.instance_type.architecture for pool in chosen.values()} == {"amd64"}
    assert run.rejections["static_filters"]["other_architecture"] > 0


def test_a_node_that_asks_not_to_be_disrupted_stays(built):
    world = built()
    (node,) = world.nodes()
    world.core.patch_node(node.name, {"metadata": {"annotations": {"atharva.ai/do-not-disrupt": "true"}}})
    said = said_of(decide(world.cluster.pk), node)
    assert said["sentences"] == ["The node may not be disrupted (atharva.ai/do-not-disrupt=true)."]
    assert not Switch.objects.exists()


def test_a_pod_that_would_not_come_back_keeps_its_node(built):
    world = built()
    (node,) = world.nodes()
    container = {"name": "main", "image": "registry.example/app:1"}
    spec = {"nodeName": node.name, "containers": [container]}
    world.core.create_namespaced_pod("default", {"metadata": {"name": "bare"}, "spec": spec})
    said = said_of(decide(world.cluster.pk), node)
    assert said["sentences"] == ["Pod default/bare has no controller and would not come back."]


def test_the_command_prints_every_node_with_its_reasons_and_keeps_its_word(built, capsys):
    world = built(mode="dry_run")
    (node,) = world.nodes()
    call_command("decide", world.name, dry_run=True)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{node.instance.ec2_id} move to ")
    assert "Saves $" in lines[0]
    assert lines[1] == "Not begun: The cluster is in dry run."
    assert not PipelineRun.objects.exists()
    call_command("decide", str(world.cluster.pk))
    assert PipelineRun.objects.get().moves == 1


def test_a_node_that_aws_recommends_to_move_is_moved_where_the_policy_acts_on_it(tenant):
    rules = {"max_moving_pct": 100, "max_pool_share_pct": 100, "rebalance": "act"}
    world = tenant().build(NodeSet("m5.large", ZONE, 1, "spot"), **rules)
    world.cluster.instances.update(rebalance_at=timezone.now())
    decide(world.cluster.pk)
    switch = Switch.objects.get(cluster=world.cluster)
    assert switch.kind == DisruptionKind.RISK
    assert switch.reason.startswith("AWS recommended at ")
