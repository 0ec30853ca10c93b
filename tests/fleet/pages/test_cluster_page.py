"""A cluster's page: trust in steps, each deliberate; how it is reached; what is missing; the way out."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.fleet.models import Cluster, ConnectionTest, Operation, Policy
from apps.fleet.statuses import AccessKind, ManagedBy, Mode
from tests.factories import (
    ClientUserFactory,
    ClusterFactory,
    ConnectionTestFactory,
    EstimateFactory,
    LabFactory,
    NodeTemplateFactory,
    SpotInstanceFactory,
)
from tests.fleet.kube.kubeconfigs import minimal
from tests.fleet.kube.standin import StandIn
from tests.world.servers import KubeStandIn

pytestmark = pytest.mark.django_db
SECRET = "kept-between-us"


@pytest.fixture
def cluster():
    return ClusterFactory(
        name="Prod-A",
        account__name="production",
        policy__mode=Mode.OBSERVE,
        kubeconfig=minimal("https://10.0.0.7:6443", token=SECRET),
    )


@pytest.fixture
def browser(browser_of, cluster):
    return browser_of(ClientUserFactory(client=cluster.client))


def path_of(cluster, part: str = "") -> str:
    return f"/clients/{cluster.client_id}/connections/clusters/{cluster.pk}{part}"


def text_of(browser, cluster) -> str:
    return browser.get(path_of(cluster)).content.decode()


def mode_of(cluster) -> str:
    return Policy.objects.get(cluster=cluster).mode


def said(answer, browser) -> str:
    """What the page says after a change."""
    return browser.get(answer["Location"]).content.decode()


# ------------------------------------------------------------------ trust in steps


def test_a_new_cluster_observes_and_offers_the_next_steps(browser, cluster) -> None:
    text = text_of(browser, cluster)
    assert 'data-state="now" aria-current="step"' in text
    assert "Watched and estimated; nothing is changed." in text
    assert "Go to dry run" in text and "Go to active" in text and "Back to observe" not in text


def test_a_step_forward_is_confirmed_with_what_it_changes(browser, cluster) -> None:
    SpotInstanceFactory.create_batch(4, cluster=cluster)
    EstimateFactory(cluster=cluster)
    text = text_of(browser, cluster)
    for words in (
        "Let Prod-A move its 4 nodes?",
        "At most 1 of 4 nodes move at the same time.",
        "At most 20 an hour; a node that moved stays for 2 h.",
        "Every PodDisruptionBudget is kept.",
        "About $0.20 an hour once all is moved",
    ):
        assert words in text


def test_step_by_step_to_active_and_back_with_one_click(browser, cluster) -> None:
    for mode in (Mode.DRY_RUN, Mode.ACTIVE, Mode.OBSERVE):
        answer = browser.post(path_of(cluster, "/mode"), {"mode": mode})
        assert answer["Location"] == path_of(cluster)
        assert mode_of(cluster) == mode
        assert f"Prod-A is in {mode.label.lower()} from now on." in said(answer, browser)


def test_above_ten_nodes_active_wants_the_name_typed(browser, cluster) -> None:
    SpotInstanceFactory.create_batch(11, cluster=cluster)
    assert 'data-confirm-word="Prod-A"' in text_of(browser, cluster)
    refused = browser.post(path_of(cluster, "/mode"), {"mode": "active", "name": "prod-a"})
    assert mode_of(cluster) == Mode.OBSERVE
    assert "the name that was typed is not Prod-A" in said(refused, browser)
    browser.post(path_of(cluster, "/mode"), {"mode": "active", "name": "Prod-A"})
    assert mode_of(cluster) == Mode.ACTIVE


def test_what_is_missing_stands_beside_the_step_that_needs_it(browser, cluster) -> None:
    findings = [{"permission": "patch nodes", "why": "", "ok": False, "detail": "Only active needs it."}]
    ConnectionTestFactory(account=cluster.account, cluster=cluster, findings=findings)
    NodeTemplateFactory(cluster=cluster)
    text = text_of(browser, cluster)
    assert "Not yet: the platform may not patch nodes in it." in text
    assert "Enough to observe and for the dry run; active lacks patch nodes." in text
    answer = browser.post(path_of(cluster, "/mode"), {"mode": "active"})
    assert mode_of(cluster) == Mode.OBSERVE
    assert "Prod-A does not go to active yet" in said(answer, browser)


def test_a_mode_that_does_not_exist_is_not_found(browser, cluster) -> None:
    assert browser.post(path_of(cluster, "/mode"), {"mode": "yolo"}).status_code == 404


# ---------------------------------------------------------------------- the estimate


def test_before_the_first_decision_the_estimate_says_when_it_comes(browser, cluster) -> None:
    assert "The first decision comes within five minutes" in text_of(browser, cluster)


def test_the_estimate_tells_the_saving_the_moves_and_why_others_stay(browser, cluster) -> None:
    EstimateFactory(
        cluster=cluster,
        nodes=5,
        movable=2,
        now_hourly_usd=Decimal("0.400"),
        then_hourly_usd=Decimal("0.300"),
        moves=[
            {
                "node": "ip-1",
                "instance": "i-0a",
                "from": "m6i.large us-east-1a on-demand",
                "to": "m5.large us-east-1b spot",
                "saving_hourly_usd": "0.0661",
            }
        ],
        stays={"pods_stay": 2, "some_new_reason": 1},
    )
    text = text_of(browser, cluster)
    for words in (
        "2 of 5 nodes have a better pool",
        "$0.10",
        "<b>$73</b> a month, 25\N{NO-BREAK SPACE}%",
        "m5.large us-east-1b spot",
        "$0.0661",
        "A pod on them must stay",
        "Some new reason",
        "The largest 1 of 2 moves",
    ):
        assert words in text


# ------------------------------------------------------------- how it is reached


def test_the_connection_shows_where_and_never_with_what(browser, cluster) -> None:
    text = text_of(browser, cluster)
    assert "10.0.0.7:6443" in text and "Kubeconfig, kept encrypted" in text
    assert SECRET not in text


def test_a_test_is_asked_for_once_and_followed(browser, cluster) -> None:
    for _ in range(2):
        browser.post(path_of(cluster, "/test"))
    test = ConnectionTest.objects.get()
    assert (test.cluster, test.account) == (cluster, cluster.account)
    assert 'hx-trigger="every 2s"' in text_of(browser, cluster)


def test_a_new_kubeconfig_replaces_the_old_one_only_if_it_works(
    browser, cluster, kube_stand_in: KubeStandIn
) -> None:
    made = StandIn(kube_stand_in).cluster()
    stale = made.kubeconfig.replace(made.token, "stale")
    refused = browser.post(path_of(cluster, "/kubeconfig"), {"kubeconfig": stale})
    assert refused.status_code == 422
    assert "does not accept the platform&#x27;s credentials" in refused.content.decode()
    assert "stale" not in refused.content.decode()
    cluster.refresh_from_db()
    assert SECRET in cluster.kubeconfig

    file = SimpleUploadedFile("kubeconfig", made.kubeconfig.encode())
    answer = browser.post(path_of(cluster, "/kubeconfig"), {"file": file})
    assert "The new kubeconfig works" in said(answer, browser)
    cluster.refresh_from_db()
    assert cluster.kubeconfig == made.kubeconfig


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "Paste the kubeconfig, or choose its file."),
        ({"kubeconfig": "x" * 70_000}, "more than 64 kB"),
        ({"file": SimpleUploadedFile("k", b"x" * 70_000)}, "more than 64 kB"),
        ({"file": SimpleUploadedFile("k", b"\xff\xfe")}, "This file is not text."),
        ({"kubeconfig": "just text"}, "it is not a kubeconfig"),
    ],
)
def test_a_kubeconfig_that_cannot_be_one_is_refused_beside_its_field(browser, cluster, given, why) -> None:
    answer = browser.post(path_of(cluster, "/kubeconfig"), given)
    assert answer.status_code == 422
    assert why in answer.content.decode()


def test_the_manifests_fit_the_way_in(browser, cluster) -> None:
    text = text_of(browser, cluster)
    assert "kind: ServiceAccount" in text and "create-access-entry" not in text
    Cluster.objects.filter(pk=cluster.pk).update(access=AccessKind.EKS, endpoint="https://eks.example")
    text = text_of(browser, cluster)
    assert "kind: Group" in text and "create-access-entry" in text and "eks.example" in text


# ------------------------------------------------------------------- node templates


def test_a_template_is_shown_with_aws_s_verdict(browser, cluster) -> None:
    NodeTemplateFactory(cluster=cluster, checked_at=timezone.now() - timedelta(minutes=4))
    NodeTemplateFactory(cluster=cluster, architecture="arm64", problem="InvalidAMIID.NotFound.")
    SpotInstanceFactory(cluster=cluster, managed_by=ManagedBy.KARPENTER)
    text = text_of(browser, cluster)
    for words in (
        "AWS would launch it",
        "InvalidAMIID.NotFound.",
        "ami-0a1b2c3d4e5f60718",
        "subnet-a",
        "HttpTokens required",
        "Karpenter runs 1 node here",
    ):
        assert words in text


# ------------------------------------------------------------------------ the way out


def test_giving_back_wants_the_name_and_leads_to_the_operation(browser, cluster) -> None:
    refused = browser.post(path_of(cluster, "/give-back"), {"name": "other"})
    assert "Nothing was changed" in said(refused, browser)
    assert not Operation.objects.exists()
    answer = browser.post(path_of(cluster, "/give-back"), {"name": "Prod-A"})
    operation = Operation.objects.get(cluster=cluster)
    assert answer["Location"] == f"/clients/{cluster.client_id}/operations/{operation.pk}"
    assert "how far it is" in text_of(browser, cluster)


def test_while_it_is_given_back_it_goes_nowhere_else(browser, cluster) -> None:
    browser.post(path_of(cluster, "/give-back"), {"name": "Prod-A"})
    answer = browser.post(path_of(cluster, "/mode"), {"mode": "dry_run"})
    assert "is being given back" in said(answer, browser)
    assert mode_of(cluster) == Mode.OBSERVE


def test_a_cluster_that_left_is_a_memory(browser, cluster) -> None:
    Cluster.objects.filter(pk=cluster.pk).update(left_at=timezone.now())
    text = text_of(browser, cluster)
    assert "Given back" in text and "Go to dry run" not in text and "Test it" not in text


# ---------------------------------------------------------------------------- who


@pytest.mark.parametrize("part", ["", "/body"])
def test_another_tenants_cluster_is_not_there(browser_of, cluster, part) -> None:
    stranger = ClientUserFactory()
    browser = browser_of(stranger)
    assert browser.get(path_of(cluster, part)).status_code == 404
    mine = f"/clients/{stranger.client_id}/connections/clusters/{cluster.pk}{part}"
    assert browser.get(mine).status_code == 404
    assert browser.get(mine.replace(str(cluster.pk), str(uuid.uuid4()))).status_code == 404


@pytest.mark.parametrize("part", ["/mode", "/test", "/kubeconfig", "/give-back"])
def test_nobody_else_changes_it(browser_of, cluster, part) -> None:
    body = {"mode": "active", "name": "Prod-A", "kubeconfig": "x"}
    assert browser_of(ClientUserFactory()).post(path_of(cluster, part), body).status_code == 404
    assert browser_of(LabFactory()).post(path_of(cluster, part), body).status_code == 403
    assert mode_of(cluster) == Mode.OBSERVE


def test_an_operator_steers_any_tenants_cluster(operator, cluster) -> None:
    assert operator.get(path_of(cluster)).status_code == 200
    operator.post(path_of(cluster, "/mode"), {"mode": "dry_run"})
    assert mode_of(cluster) == Mode.DRY_RUN


def test_queries_do_not_grow_with_the_cluster(browser, cluster, django_assert_max_num_queries) -> None:
    SpotInstanceFactory.create_batch(5, cluster=cluster)
    NodeTemplateFactory(cluster=cluster)
    NodeTemplateFactory(cluster=cluster, architecture="arm64")
    EstimateFactory(cluster=cluster)
    ConnectionTestFactory(account=cluster.account, cluster=cluster)
    with django_assert_max_num_queries(40):
        browser.get(path_of(cluster))
