"""Connecting a cluster over the API, and what a connected one says of itself."""

import uuid
from decimal import Decimal

import pytest

from apps.fleet.models import Cluster, ConnectionTest, Operation
from apps.fleet.statuses import AccessKind, Mode
from tests.factories import (
    AdminFactory,
    ClientUserFactory,
    CloudAccountFactory,
    ClusterFactory,
    ConnectionTestFactory,
    EstimateFactory,
    LabFactory,
)
from tests.fleet.connecting.test_connect_eks_cluster import EksWorld
from tests.fleet.kube.standin import StandIn, TestCluster
from tests.world.servers import AwsEmulator, KubeStandIn

pytestmark = pytest.mark.django_db
REGION = "us-east-1"


@pytest.fixture
def person():
    return ClientUserFactory()


@pytest.fixture
def account(person):
    return CloudAccountFactory(client=person.client)


@pytest.fixture
def cluster(account):
    return ClusterFactory(account=account, policy__mode=Mode.OBSERVE)


@pytest.fixture
def made(kube_stand_in: KubeStandIn) -> TestCluster:
    return StandIn(kube_stand_in).cluster()


@pytest.fixture
def world(aws_emulator: AwsEmulator, kube_stand_in: KubeStandIn, cloud_settings: None) -> EksWorld:
    return EksWorld(aws_emulator, kube_stand_in)


def body(account, made: TestCluster, **more: str) -> dict[str, str]:
    wanted = {"account_id": str(account.pk), "name": "shop", "region": REGION, "kubeconfig": made.kubeconfig}
    return {**wanted, **more}


# -------------------------------------------------------------------------- connecting


def test_a_cluster_by_kubeconfig_is_stored_in_observe_and_its_secret_never_told(
    as_user, person, account, made
) -> None:
    url = f"/api/client/{person.client_id}/clusters"
    answer = as_user(person).post(url, body(account, made))
    assert answer.status_code == 201
    told = answer.json()
    assert (told["name"], told["mode"], told["nodes"], told["account_id"]) == (
        "shop", "observe", 0, str(account.pk),
    )  # fmt: skip
    listed = as_user(person).get(url)
    assert listed.json()["results"] == [told]
    assert made.token not in answer.content.decode() + listed.content.decode()


def test_without_a_kubeconfig_it_is_taken_from_eks(as_user, world: EksWorld) -> None:
    world.enter()
    world.apply(Mode.OBSERVE)
    person = ClientUserFactory(client=world.account.client)
    asked = {"account_id": str(world.account.pk), "name": world.cluster.name, "region": REGION}
    answer = as_user(person).post(f"/api/client/{person.client_id}/clusters", asked)
    assert answer.status_code == 201
    assert Cluster.objects.get().access == AccessKind.EKS


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"region": "eu-west-1"}, 422, "connection_invalid"),
        ({"name": "no spaces"}, 422, "connection_invalid"),
        ({"name": ""}, 400, "validation_failed"),
        ({"kubeconfig": "a: b"}, 422, "kubeconfig_invalid"),
        ({"kubeconfig": "x" * 70_000}, 400, "validation_failed"),
        ({"mode": "active"}, 400, "validation_failed"),
        ({"account_id": str(uuid.uuid4())}, 404, "not_found"),
    ],
)
def test_what_cannot_be_connected_is_named_and_not_stored(
    as_user, person, account, made, change, status, code
) -> None:
    url = f"/api/client/{person.client_id}/clusters"
    answer = as_user(person).post(url, body(account, made, **change))
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert not Cluster.objects.exists()


def test_a_cluster_that_does_not_let_us_in_or_is_there_already_is_refused(
    as_user, person, account, made
) -> None:
    url, api = f"/api/client/{person.client_id}/clusters", as_user(person)
    stale = made.kubeconfig.replace(made.token, "stale")
    assert api.post(url, body(account, made, kubeconfig=stale)).status_code == 422
    assert api.post(url, body(account, made)).status_code == 201
    again = api.post(url, body(account, made))
    assert (again.status_code, again.json()["error"]["code"]) == (409, "cluster_taken")


def test_an_account_that_is_a_draft_comes_first(as_user, person, made) -> None:
    draft = CloudAccountFactory(client=person.client, connected_at=None)
    answer = as_user(person).post(f"/api/client/{person.client_id}/clusters", body(draft, made))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "account_untested")


def test_nobody_connects_to_anothers_account(as_user, person, account, made) -> None:
    stranger = ClientUserFactory()
    for client in (person.client_id, stranger.client_id):
        answer = as_user(stranger).post(f"/api/client/{client}/clusters", body(account, made))
        assert answer.status_code == 404
    assert not Cluster.objects.exists()


def test_eks_clusters_are_told_by_region(as_user, world: EksWorld) -> None:
    person = ClientUserFactory(client=world.account.client)
    [region] = as_user(person).get(f"/api/client/accounts/{world.account.pk}/eks-clusters").json()
    assert (region["region"], region["problem"]) == (REGION, "")
    assert [cluster["name"] for cluster in region["clusters"]] == [world.cluster.name]


# ------------------------------------------------------------------ a connected cluster


def test_a_test_is_asked_for_and_followed(as_user, person, cluster) -> None:
    url, api = f"/api/client/clusters/{cluster.pk}/test", as_user(person)
    assert api.get(url).status_code == 404
    begun = api.post(url)
    assert (begun.status_code, begun.json()["state"]) == (202, "queued")
    assert api.post(url).json()["id"] == begun.json()["id"] == api.get(url).json()["id"]
    assert ConnectionTest.objects.get().cluster == cluster


def test_a_finished_test_names_what_is_missing(as_user, person, cluster) -> None:
    findings = [{"permission": "patch nodes", "why": "to taint", "ok": False, "detail": "Only active."}]
    ConnectionTestFactory(account=cluster.account, cluster=cluster, findings=findings)
    told = as_user(person).get(f"/api/client/clusters/{cluster.pk}/test").json()
    assert (told["passed"], told["missing"], told["findings"]) == (False, ["patch nodes"], findings)


def test_the_rights_are_told_as_text_to_apply(as_user, person, cluster) -> None:
    told = as_user(person).get(f"/api/client/clusters/{cluster.pk}/rbac").json()
    assert "kind: ClusterRole" in told["read_only_manifest"]
    assert "pods/eviction" in told["full_manifest"] and "pods/eviction" not in told["read_only_manifest"]
    assert "kubectl apply" in told["commands"]


def test_the_estimate_is_money_in_text_and_missing_before_the_first(as_user, person, cluster) -> None:
    url, api = f"/api/client/clusters/{cluster.pk}/estimate", as_user(person)
    early = api.get(url)
    assert (early.status_code, early.json()["error"]["code"]) == (404, "estimate_missing")
    move = {"node": "a", "instance": "i-0a", "from": "x", "to": "y", "saving_hourly_usd": "0.1"}
    EstimateFactory(
        cluster=cluster,
        now_hourly_usd=Decimal("0.4"),
        then_hourly_usd=Decimal("0.3"),
        moves=[move],
        stays={"pods_stay": 1},
    )
    told = api.get(url).json()
    assert (told["saving_hourly_usd"], told["saving_monthly_usd"], told["saving_pct"]) == (
        "0.100000", "73.00", 25.0,
    )  # fmt: skip
    assert told["moves"][0]["saving_hourly_usd"] == "0.100000"
    assert told["stays"] == [{"reason": "pods_stay", "nodes": 1}]


def test_giving_back_is_an_operation_that_the_same_key_begins_once(as_user, person, cluster) -> None:
    url, api = f"/api/client/clusters/{cluster.pk}/give-back", as_user(person)
    first = api.post(url, headers={"Idempotency-Key": "k-1"})
    again = api.post(url, headers={"Idempotency-Key": "k-1"})
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]
    assert (first.json()["kind"], first.json()["cluster_id"]) == ("give_back", str(cluster.pk))
    assert Operation.objects.count() == 1
    refused = api.put(f"/api/client/clusters/{cluster.pk}/policy", {"moves_per_hour": 1})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "cluster_leaving")


@pytest.mark.parametrize(
    ("method", "part"),
    [("get", "test"), ("post", "test"), ("get", "rbac"), ("get", "estimate"), ("post", "give-back")],
)
def test_anothers_cluster_and_an_unknown_one_are_the_same_404(as_user, cluster, method, part) -> None:
    EstimateFactory(cluster=cluster)
    ConnectionTestFactory(account=cluster.account, cluster=cluster)
    url = f"/api/client/clusters/{cluster.pk}/{part}"
    unknown = url.replace(str(cluster.pk), str(uuid.uuid4()))
    for person, address in [(ClientUserFactory(), url), (AdminFactory(), unknown)]:
        assert getattr(as_user(person), method)(address).status_code == 404
    assert getattr(as_user(LabFactory()), method)(url).status_code == 403
    assert getattr(as_user(AdminFactory()), method)(url).status_code in (200, 202)
