"""Dry runs and what-ifs of a cluster that answers; nothing is bought, nothing is moved."""

from decimal import Decimal

import pytest
from django.core.management import call_command
from django.utils import timezone
from kubernetes.client import AppsV1Api

from apps.fleet.errors import NodeMissing
from apps.fleet.kube import kube_of
from apps.fleet.models import Launch, Policy
from apps.fleet.services import launching
from apps.pipeline.placement.dry_run import dry_run
from apps.pipeline.placement.looking import look
from apps.pipeline.placement.planning import plan_request
from apps.pipeline.placement.requests import request_placement
from apps.pipeline.placement.what_if import what_if
from apps.pipeline.statuses import PlanPurpose, PlanState
from deploy.sandbox.seed.world import NodeSet
from tests.world.tenant import eventually

ZONE = "us-east-1a"


@pytest.fixture
def world(tenant):
    """Two on-demand nodes of four cores in a cluster that is observed."""
    return tenant().build(NodeSet("m5.xlarge", ZONE, 2, "on-demand"), mode="observe")


def refused(world, name, *, replicas, cpu, **spec):
    """A Deployment none of whose pods finds a node."""
    labels = {"app": name}
    requests = {"cpu": cpu, "memory": "64Mi"}
    container = {"name": "main", "image": "registry.example/app:1", "resources": {"requests": requests}}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container], **spec}}
    body = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    AppsV1Api(world.api).create_namespaced_deployment("default", {"metadata": {"name": name}, "spec": body})
    kube = kube_of(world.cluster)

    def waiting():
        return [pod for pod in kube.pods()[0] if pod.labels.get("app") == name and pod.waits_for_node]

    eventually(f"the pods of {name} are refused", lambda: len(waiting()) == replicas)


def test_a_dry_run_plans_what_waits_and_buys_nothing(world):
    refused(world, "big", replicas=3, cpu="5")

    plan = dry_run(world.cluster)

    assert (plan.purpose, plan.state, plan.pods) == (PlanPurpose.DRY_RUN, PlanState.RECORDED, 3)
    assert sum(len(node["pods"]) for node in plan.new_nodes) == 3, plan.unplaced
    assert plan.faults == []
    assert plan.held_by[0] == "It was a dry run."
    assert not Launch.objects.exists()


def test_a_dry_run_without_waiting_pods_is_an_empty_plan(world):
    plan = dry_run(world.cluster)

    assert (plan.pods, plan.new_nodes, plan.price_hourly_usd, plan.gap) == (0, [], 0, 0)


def test_a_dry_run_of_the_whole_cluster_shows_the_bill_that_is_possible(world):
    world.deployment("web", replicas=6, cpu="400m")

    plan = dry_run(world.cluster, whole=True)

    named = {name for node in plan.new_nodes for name in node["pods"]}
    assert len([name for name in named if name.startswith("default/web-")]) == 6
    assert plan.on_nodes == {}
    assert 0 < plan.price_hourly_usd < Decimal(plan.request.context["bill_hourly_usd"])


def test_if_a_node_goes_its_pods_go_where_there_is_room(world):
    first, second = world.nodes()
    world.deployment("web", replicas=3, cpu="500m", on=first.name)

    answer = what_if(world.cluster, first.name)

    assert answer.pods == 3
    assert [one.title for one in answer.destinations] == [second.name]
    assert answer.bill_then == answer.bill_now / 2
    assert (answer.blocked, answer.waiting, answer.unplaced) == ((), (), ())
    assert answer.sentence.startswith("3 pods would move to 1 node, none of them new, for $0.1")
    assert world.ready("web") == 3


def test_if_a_node_goes_that_the_others_cannot_stand_in_for_a_new_one_has_its_price(world):
    first, second = world.nodes()
    world.deployment("web", replicas=3, cpu="900m", on=first.name)
    world.deployment("api", replicas=3, cpu="900m", on=second.name)

    answer = what_if(world.cluster, first.name)

    [bought] = [one for one in answer.destinations if one.price_hourly_usd is not None]
    assert bought.price_hourly_usd > 0
    assert answer.plan.purpose == PlanPurpose.WHAT_IF
    assert not Launch.objects.exists()


def test_pods_that_a_budget_or_their_own_word_keeps_are_named(world):
    first, _ = world.nodes()
    world.deployment("web", replicas=2, on=first.name, min_available=2)
    container = {"name": "main", "image": "registry.example/app:1"}
    bare = {"metadata": {"name": "bare"}, "spec": {"nodeName": first.name, "containers": [container]}}
    world.core.create_namespaced_pod("default", bare)

    def settled():
        answer = what_if(world.cluster, first.name)
        return answer if answer.waiting and answer.blocked else None

    answer = eventually("the budget is computed", settled)
    assert answer.blocked == ("Pod default/bare has no controller and would not come back.",)
    assert all("waits for budget default/web" in text for text in answer.waiting)


def test_a_node_that_is_not_there_is_missing(world):
    with pytest.raises(NodeMissing):
        what_if(world.cluster, "nowhere")


def test_the_command_prints_the_plan(world, capsys):
    refused(world, "big", replicas=1, cpu="5")
    refused(world, "odd", replicas=1, cpu="1", nodeSelector={"disk": "none"})

    call_command("dry_run", cluster=world.name)

    lines = capsys.readouterr().out.splitlines()
    assert any("us-east-1a" in line and "default/big-" in line and "$" in line for line in lines)
    assert any(line.startswith("default/odd-") and "has no place" in line for line in lines)
    assert lines[-1].startswith("2 pods, 1 new nodes, $")


@pytest.mark.requirement("P1.8")
def test_pods_that_wait_get_a_node_that_takes_them(world):
    Policy.objects.filter(cluster=world.cluster).update(mode="active", max_pool_share_pct=100)
    refused(world, "big", replicas=2, cpu="5")
    now = timezone.now()
    state = look(world.cluster, now)
    waiting = [pod for pod in state.pods if pod.waits_for_node]

    plan = plan_request(request_placement(world.cluster, state, waiting, trigger="test", now=now).pk)

    def all_run():
        launching.advance(*Launch.objects.open().values_list("pk", flat=True))
        return world.ready("big") == 2

    assert plan.state == PlanState.RUNNING
    eventually("the pods run", all_run)
    eventually("the plan is carried out", lambda: all_run() and not Launch.objects.open().exists())
    plan.refresh_from_db()
    assert plan.state == PlanState.DONE
