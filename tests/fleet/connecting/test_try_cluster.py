"""A connection test of a cluster asks for each right alone, names the missing one, and tries a launch."""

from collections.abc import Callable

import pytest

from apps.fleet.kube.permissions import VERBS
from apps.fleet.kube.rbac import rules
from apps.fleet.models import Cluster, ConnectionTest
from apps.fleet.services.connection_tests import run_test, start_test
from apps.fleet.services.connection_tests.clusters import LAUNCH
from apps.fleet.statuses import ConnectionTestState
from deploy.sandbox.seed.world import NodeSet
from tests.factories import AdminFactory, ClusterFactory
from tests.fleet.kube.standin import StandIn
from tests.world.servers import KubeStandIn
from tests.world.tenant import REGION, Tenant

NODES = NodeSet("m5.xlarge", f"{REGION}a", 1)

pytestmark = pytest.mark.django_db


def tried(cluster: Cluster) -> ConnectionTest:
    test = start_test(cluster.account, cluster=cluster, by=AdminFactory())
    run_test(test.pk)
    test.refresh_from_db()
    assert test.state == ConnectionTestState.DONE
    return test


def test_a_cluster_with_every_right_and_a_launchable_node_passes(tenant: Callable[[], Tenant]) -> None:
    test = tried(tenant().build(NODES).cluster)
    assert (test.missing, test.problem) == ([], "")
    assert [finding["permission"] for finding in test.findings] == [*(verb.name for verb in VERBS), LAUNCH]
    assert test.passed


def test_the_missing_verb_is_named_with_the_mode_that_needs_it(kube_stand_in: KubeStandIn) -> None:
    granted = rules(verb for verb in VERBS if verb.name not in ("create pods/eviction", "list pods"))
    made = StandIn(kube_stand_in).cluster(token_rules=granted)
    test = tried(ClusterFactory(name=made.name, kubeconfig=made.kubeconfig))
    assert test.missing == ["list pods", "create pods/eviction", LAUNCH]
    said = {finding["permission"]: finding["detail"] for finding in test.findings}
    assert "Every mode needs it." in said["list pods"]
    assert "Only active needs it." in said["create pods/eviction"]
    assert "no node template yet" in said[LAUNCH]


def test_a_template_that_could_not_be_launched_is_named_with_the_reason(tenant: Callable[[], Tenant]) -> None:
    cluster = tenant().build(NODES).cluster
    cluster.templates.filter(architecture="amd64").update(subnet_by_zone={})
    test = tried(cluster)
    assert test.missing == [LAUNCH]
    assert "amd64: " in test.findings[-1]["detail"] and "names no subnet" in test.findings[-1]["detail"]


def test_a_cluster_that_does_not_let_us_in_says_so_once(kube_stand_in: KubeStandIn) -> None:
    made = StandIn(kube_stand_in).cluster()
    stale = made.kubeconfig.replace(made.token, "stale")
    test = tried(ClusterFactory(name=made.name, kubeconfig=stale))
    assert (test.findings, test.passed) == ([], False)
    assert f"{made.name} does not accept the platform's credentials" in test.problem
