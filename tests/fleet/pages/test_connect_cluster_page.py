"""Connecting a cluster in the browser: found in EKS, or by kubeconfig; errors stand beside their field."""

import secrets

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from apps.fleet.models import Cluster
from apps.fleet.statuses import AccessKind, Mode
from tests.factories import ClientUserFactory, CloudAccountFactory, LabFactory
from tests.fleet.connecting.test_connect_eks_cluster import EksWorld
from tests.fleet.kube.standin import StandIn, TestCluster
from tests.world.servers import AwsEmulator, KubeStandIn

pytestmark = pytest.mark.django_db
REGION = "us-east-1"


@pytest.fixture(autouse=True)
def _a_cache_of_its_own(settings: Settings) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": secrets.token_hex(8)}}


@pytest.fixture
def account():
    return CloudAccountFactory(name="production", regions=[REGION, "eu-west-1"])


@pytest.fixture
def browser(browser_of, account):
    return browser_of(ClientUserFactory(client=account.client))


@pytest.fixture
def made(kube_stand_in: KubeStandIn) -> TestCluster:
    return StandIn(kube_stand_in).cluster()


@pytest.fixture
def world(aws_emulator: AwsEmulator, kube_stand_in: KubeStandIn, cloud_settings: None) -> EksWorld:
    return EksWorld(aws_emulator, kube_stand_in)


def base(account) -> str:
    return f"/clients/{account.client_id}/connections/accounts/{account.pk}"


def new(account) -> str:
    return f"{base(account)}/clusters/new"


# ---------------------------------------------------------------------- by kubeconfig


@pytest.mark.parametrize("way", ["text", "file"])
def test_a_kubeconfig_that_works_connects_and_leads_to_the_cluster(browser, account, made, way) -> None:
    given = {"name": "shop", "region": REGION}
    if way == "text":
        given["kubeconfig"] = made.kubeconfig
    else:
        given["file"] = SimpleUploadedFile("config", made.kubeconfig.encode())
    answer = browser.post(new(account), given)
    cluster = Cluster.objects.get()
    assert answer["Location"] == f"/clients/{account.client_id}/connections/clusters/{cluster.pk}"
    assert (cluster.name, cluster.kubeconfig, cluster.policy.mode) == ("shop", made.kubeconfig, Mode.OBSERVE)


@pytest.mark.parametrize(
    ("change", "field", "why"),
    [
        ({"name": ""}, "name", "Enter its name."),
        ({"name": "no spaces"}, "name", "up to 100 letters"),
        ({"region": "us-west-2"}, "region", "us-west-2 is not one of the available choices"),
        ({"kubeconfig": ""}, "kubeconfig", "Paste the kubeconfig, or choose its file."),
        ({"kubeconfig": "a: b"}, "kubeconfig", "it has no current-context"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_stored(
    browser, account, made, change, field, why
) -> None:
    given = {"name": "shop", "region": REGION, "kubeconfig": made.kubeconfig, **change}
    answer = browser.post(new(account), given)
    assert answer.status_code == 422
    assert why in " ".join(answer.context["form"].errors[field])
    assert made.token not in answer.content.decode()
    assert not Cluster.objects.exists()


def test_a_cluster_that_does_not_let_us_in_is_said_to_be_one(browser, account, made) -> None:
    stale = made.kubeconfig.replace(made.token, "stale")
    answer = browser.post(new(account), {"name": "shop", "region": REGION, "kubeconfig": stale})
    assert "does not accept the platform's credentials" in answer.context["form"].errors["kubeconfig"][0]
    assert not Cluster.objects.exists()


def test_a_name_that_is_taken_is_refused_and_the_old_one_untouched(browser, account, made) -> None:
    given = {"name": "shop", "region": REGION, "kubeconfig": made.kubeconfig}
    browser.post(new(account), given)
    answer = browser.post(new(account), {**given, "kubeconfig": made.kubeconfig + "\n"})
    assert "has a cluster shop connected already" in answer.context["form"].errors["name"][0]
    assert Cluster.objects.get().kubeconfig == made.kubeconfig


# ------------------------------------------------------------------------- found in EKS


def test_the_page_fetches_what_eks_has_and_shows_how_to_let_us_in(browser_of, world: EksWorld) -> None:
    account = world.account
    browser = browser_of(ClientUserFactory(client=account.client))
    assert f'hx-get="{base(account)}/found"' in browser.get(new(account)).content.decode()
    for address in (f"{base(account)}/found", f"{new(account)}?look=now"):
        text = browser.get(address).content.decode()
        assert f"Connect {world.cluster.name}" in text
        assert f"--cluster-name {world.cluster.name}" in text and account.role_arn in text


def test_the_one_that_is_chosen_is_connected_without_a_kubeconfig(browser_of, world: EksWorld) -> None:
    world.enter()
    world.apply(Mode.OBSERVE)
    browser = browser_of(ClientUserFactory(client=world.account.client))
    browser.post(new(world.account), {"eks": world.cluster.name, "region": REGION})
    cluster = Cluster.objects.get()
    assert (cluster.name, cluster.access) == (world.cluster.name, AccessKind.EKS)
    assert "Connected" in browser.get(f"{base(world.account)}/found").content.decode()


def test_one_that_lets_nobody_in_yet_says_what_is_missing(browser_of, world: EksWorld) -> None:
    browser = browser_of(ClientUserFactory(client=world.account.client))
    answer = browser.post(new(world.account), {"eks": world.cluster.name, "region": REGION})
    assert answer.status_code == 422
    assert "an EKS cluster wants the access entry" in answer.content.decode()
    assert not Cluster.objects.exists()


def test_a_permission_that_is_missing_is_named(browser_of, world: EksWorld, aws_emulator) -> None:
    aws_emulator.order("iam", account_id=world.aws.id, deny=["eks:ListClusters"])
    browser = browser_of(ClientUserFactory(client=world.account.client))
    text = browser.get(f"{base(world.account)}/found").content.decode()
    assert f"The role lacks the permission eks:ListClusters in {REGION}." in text


def test_where_there_is_nothing_it_says_so(browser_of, world: EksWorld) -> None:
    world.aws.owner("eks").delete_cluster(name=world.cluster.name)
    browser = browser_of(ClientUserFactory(client=world.account.client))
    assert f"EKS has no cluster in {REGION}." in browser.get(f"{base(world.account)}/found").content.decode()


# --------------------------------------------------------------------------------- who


def test_another_tenants_account_is_not_there(browser_of, account, made) -> None:
    stranger = browser_of(ClientUserFactory())
    given = {"name": "shop", "region": REGION, "kubeconfig": made.kubeconfig}
    assert stranger.get(new(account)).status_code == 404
    assert stranger.get(f"{base(account)}/found").status_code == 404
    assert stranger.post(new(account), given).status_code == 404
    assert browser_of(LabFactory()).post(new(account), given).status_code == 403
    assert not Cluster.objects.exists()
