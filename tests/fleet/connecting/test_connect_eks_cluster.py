"""An EKS cluster is found in its account and connected without a kubeconfig, once it lets the role in."""

import secrets
from typing import Any

import pytest
import yaml
from pytest_django import Settings

from apps.accounts.models import AuditEvent
from apps.fleet.errors import (
    ClusterForbidden,
    ClusterTaken,
    ClusterUnauthorized,
    ConnectionInvalid,
    EksClusterMissing,
)
from apps.fleet.kube import access_identity, kube_of
from apps.fleet.kube.rbac import EKS_GROUP, GROUP, manifest
from apps.fleet.models import Cluster
from apps.fleet.selectors.found import found_in
from apps.fleet.services.connecting import EksDetails, connect_new_cluster, found_clusters
from apps.fleet.services.connection_tests import run_test, start_test
from apps.fleet.services.connection_tests.clusters import LAUNCH
from apps.fleet.statuses import AccessKind, Mode
from tests.factories import AdminFactory, CloudAccountFactory
from tests.fleet.cloud.aws_account import EXTERNAL_ID, REGION, Account, new_account
from tests.fleet.kube.standin import StandIn, TestCluster
from tests.world.servers import AwsEmulator, KubeStandIn

pytestmark = pytest.mark.django_db
RBAC = "/apis/rbac.authorization.k8s.io/v1"
PATHS = {"ClusterRole": f"{RBAC}/clusterroles", "ClusterRoleBinding": f"{RBAC}/clusterrolebindings"}


class EksWorld:
    """An account with one EKS cluster, whose owner has not let anybody in yet."""

    def __init__(self, aws: AwsEmulator, kube: KubeStandIn) -> None:
        self.aws: Account = new_account(aws)
        self.cluster: TestCluster = StandIn(kube).cluster()
        self.account = CloudAccountFactory(
            aws_account_id=self.aws.id, role_arn=self.aws.role_arn, external_id=EXTERNAL_ID, regions=[REGION]
        )
        made = kube.ask(f"clusters/{self.cluster.name}")
        aws.order(
            "eks-cluster",
            account_id=self.aws.id,
            region=REGION,
            name=self.cluster.name,
            endpoint=self.cluster.server,
            ca=made["ca"],
        )

    @property
    def details(self) -> EksDetails:
        return EksDetails(self.cluster.name, REGION)

    def enter(self) -> None:
        """The access entry, as the page's first command makes it."""
        self.aws.owner("eks").create_access_entry(
            clusterName=self.cluster.name, principalArn=self.aws.role_arn, kubernetesGroups=[GROUP]
        )

    def apply(self, mode: Mode) -> None:
        """The manifest, as the page's second command applies it."""
        for found in yaml.safe_load_all(manifest(EKS_GROUP, mode)):
            self.cluster.api("POST", PATHS[found["kind"]], found)


@pytest.fixture
def world(aws_emulator: AwsEmulator, kube_stand_in: KubeStandIn, cloud_settings: None) -> EksWorld:
    return EksWorld(aws_emulator, kube_stand_in)


@pytest.fixture(autouse=True)
def _a_cache_of_its_own(settings: Settings) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": secrets.token_hex(8)}}


def test_it_is_found_and_connected_by_what_the_page_says_to_run(world: EksWorld) -> None:
    [region] = found_clusters(world.account)
    assert [(one.name, one.region, one.has_api) for one in region.clusters] == [
        (world.cluster.name, REGION, True)
    ]
    world.enter()
    world.apply(Mode.OBSERVE)
    world.cluster.node()

    cluster = connect_new_cluster(world.account, world.details, by=AdminFactory())

    assert (cluster.access, cluster.kubeconfig, cluster.policy.mode) == (AccessKind.EKS, "", Mode.OBSERVE)
    assert len(kube_of(Cluster.objects.get(pk=cluster.pk)).nodes()[0]) == 1
    assert found_in(world.account).candidates[0].connected_as == cluster.pk
    after = AuditEvent.objects.get(what="cluster_connected").after
    assert after == {"region": REGION, "access": "eks"}


def test_reading_alone_is_enough_to_begin_and_the_test_names_what_moving_lacks(world: EksWorld) -> None:
    world.enter()
    world.apply(Mode.OBSERVE)
    by = AdminFactory()
    cluster = connect_new_cluster(world.account, world.details, by=by)
    test = start_test(world.account, cluster=cluster, by=by)
    run_test(test.pk)
    test.refresh_from_db()
    assert "patch nodes" in test.missing and "create pods/eviction" in test.missing
    assert "list pods" not in test.missing and LAUNCH in test.missing


def test_without_an_access_entry_nothing_is_stored(world: EksWorld) -> None:
    with pytest.raises(ClusterUnauthorized, match="access entry"):
        connect_new_cluster(world.account, world.details, by=AdminFactory())
    assert not Cluster.objects.exists()


def test_an_entry_without_the_manifest_is_told_from_no_entry(world: EksWorld) -> None:
    world.enter()
    with pytest.raises(ClusterForbidden, match="does not let the platform list nodes"):
        connect_new_cluster(world.account, world.details, by=AdminFactory())
    assert not Cluster.objects.exists()


def test_what_is_connected_already_is_said_to_be(world: EksWorld) -> None:
    world.enter()
    world.apply(Mode.OBSERVE)
    connect_new_cluster(world.account, world.details, by=AdminFactory())
    with pytest.raises(ClusterTaken, match=world.cluster.name):
        connect_new_cluster(world.account, world.details, by=AdminFactory())
    assert Cluster.objects.count() == 1


@pytest.mark.parametrize(
    ("details", "error"),
    [
        (EksDetails("nowhere", REGION), EksClusterMissing),
        (EksDetails("prod", "eu-west-1"), ConnectionInvalid),
    ],
)
def test_a_cluster_that_is_not_there_is_named(world: EksWorld, details: EksDetails, error: Any) -> None:
    with pytest.raises(error, match=details.name if error is EksClusterMissing else details.region):
        connect_new_cluster(world.account, details, by=AdminFactory())


def test_however_often_one_looks_aws_is_asked_once_a_minute(world: EksWorld) -> None:
    first = found_clusters(world.account)
    world.aws.owner("eks").delete_cluster(name=world.cluster.name)
    assert found_clusters(world.account) == first


def test_a_missing_permission_is_named(world: EksWorld, aws_emulator: AwsEmulator) -> None:
    aws_emulator.order("iam", account_id=world.aws.id, deny=["eks:ListClusters"])
    [region] = found_clusters(world.account)
    assert region.clusters == ()
    assert region.problem == f"The role lacks the permission eks:ListClusters in {REGION}."


def test_a_region_in_trouble_hides_no_other(world: EksWorld) -> None:
    world.account.regions = ["xx-nowhere-1", REGION]
    bad, good = found_clusters(world.account)
    assert bad.problem and [one.name for one in good.clusters] == [world.cluster.name]


def test_another_role_is_another_access(world: EksWorld) -> None:
    world.enter()
    world.apply(Mode.OBSERVE)
    cluster = connect_new_cluster(world.account, world.details, by=AdminFactory())
    before = access_identity(cluster)
    world.account.role_arn = world.aws.role_arn.replace("role/atharva", "role/other")
    world.account.save()
    changed = Cluster.objects.get(pk=cluster.pk)

    assert access_identity(changed) != before
    with pytest.raises(ClusterUnauthorized):  # it has no access entry
        kube_of(changed).nodes()
