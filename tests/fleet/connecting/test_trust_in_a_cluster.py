"""Observe, dry run, active: a step forward is refused for what is known to be missing, and by its name."""

import pytest

from apps.fleet.errors import ModeRefused
from apps.fleet.models import Policy
from apps.fleet.services.policies import change_policy
from apps.fleet.services.trust import obstacles
from apps.fleet.statuses import AccessKind, ConnectionTestState, Mode
from tests.factories import AdminFactory, ClusterFactory, ConnectionTestFactory, NodeTemplateFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def cluster():
    return ClusterFactory(name="prod", policy__mode=Mode.OBSERVE, account__name="main")


def missing(*names: str) -> list[dict]:
    return [{"permission": name, "why": "", "ok": False, "detail": ""} for name in names]


def go(cluster, mode: Mode) -> str:
    change_policy(cluster, {"mode": mode}, by=AdminFactory())
    return Policy.objects.get(cluster=cluster).mode


def tried(cluster, *names: str, **more):
    return ConnectionTestFactory(account=cluster.account, cluster=cluster, findings=missing(*names), **more)


def account_tried(cluster, *names: str, **more):
    return ConnectionTestFactory(account=cluster.account, findings=missing(*names), **more)


def test_while_nothing_was_tried_every_step_is_open(cluster) -> None:
    assert go(cluster, Mode.DRY_RUN) == Mode.DRY_RUN
    assert go(cluster, Mode.ACTIVE) == Mode.ACTIVE


def test_a_missing_verb_stops_the_mode_that_needs_it_and_is_named(cluster) -> None:
    NodeTemplateFactory(cluster=cluster)
    tried(cluster, "create pods/eviction")
    assert go(cluster, Mode.DRY_RUN) == Mode.DRY_RUN
    with pytest.raises(ModeRefused, match="prod does not go to active yet: .*may not create pods/eviction"):
        go(cluster, Mode.ACTIVE)
    assert Policy.objects.get(cluster=cluster).mode == Mode.DRY_RUN


def test_a_verb_of_reading_stops_the_dry_run_too(cluster) -> None:
    tried(cluster, "list pods")
    with pytest.raises(ModeRefused, match="list pods"):
        go(cluster, Mode.DRY_RUN)


@pytest.mark.parametrize(
    ("action", "stopped"),
    [
        ("ec2:TerminateInstances", [Mode.ACTIVE]),
        ("ec2:DescribeInstances", [Mode.DRY_RUN, Mode.ACTIVE]),
        ("eks:DescribeCluster", []),
    ],
)
def test_a_missing_permission_of_the_account_stops_what_needs_it(cluster, action, stopped) -> None:
    account_tried(cluster, action)
    assert [mode for mode in Mode if obstacles(cluster, mode)] == stopped


def test_reached_by_eks_a_cluster_needs_eks_s_permissions(cluster) -> None:
    cluster.access = AccessKind.EKS
    account_tried(cluster, "eks:DescribeCluster")
    assert obstacles(cluster, Mode.DRY_RUN) == ["the role of account main lacks eks:DescribeCluster."]


def test_only_the_last_finished_test_counts(cluster) -> None:
    NodeTemplateFactory(cluster=cluster)
    tried(cluster, "patch nodes")
    tried(cluster)
    tried(cluster, "patch nodes", state=ConnectionTestState.RUNNING, finished_at=None)
    assert obstacles(cluster, Mode.ACTIVE) == []


def test_another_clusters_test_is_not_this_ones(cluster) -> None:
    tried(ClusterFactory(account=cluster.account), "list pods")
    assert obstacles(cluster, Mode.ACTIVE) == []


def test_a_cluster_that_could_not_be_tried_goes_no_further(cluster) -> None:
    tried(cluster, problem="The API of cluster prod does not answer.")
    with pytest.raises(ModeRefused, match="could try nothing: The API of cluster prod does not answer"):
        go(cluster, Mode.DRY_RUN)


def test_active_needs_a_node_template_that_could_be_launched(cluster) -> None:
    template = NodeTemplateFactory(cluster=cluster, problem="InvalidAMIID.NotFound.")
    assert obstacles(cluster, Mode.ACTIVE) == [
        "none of its node templates can be launched: InvalidAMIID.NotFound."
    ]
    assert obstacles(cluster, Mode.DRY_RUN) == []
    NodeTemplateFactory(cluster=cluster, architecture="arm64")
    assert obstacles(cluster, Mode.ACTIVE) == []
    cluster.templates.all().delete()
    assert obstacles(cluster, Mode.ACTIVE) == []  # nothing is known
    tried(cluster)
    assert "no node template yet" in obstacles(cluster, Mode.ACTIVE)[0]
    assert template


def test_the_way_back_is_open_whatever_is_missing(cluster) -> None:
    Policy.objects.filter(cluster=cluster).update(mode=Mode.ACTIVE)
    tried(cluster, "list nodes", "patch nodes")
    assert go(cluster, Mode.ACTIVE) == Mode.ACTIVE  # no step
    assert go(cluster, Mode.DRY_RUN) == Mode.DRY_RUN
    assert go(cluster, Mode.OBSERVE) == Mode.OBSERVE


def test_other_rules_change_while_something_is_missing(cluster) -> None:
    tried(cluster, "list nodes")
    change_policy(cluster, {"moves_per_hour": 3}, by=AdminFactory())
    assert Policy.objects.get(cluster=cluster).moves_per_hour == 3
