"""Connections in the browser: from nothing to a connected account, and what is wrong said where it is."""

import uuid

import pytest

from apps.fleet.models import CloudAccount, ConnectionTest
from apps.fleet.services.connection_tests import run_test
from apps.fleet.statuses import ConnectionTestState
from tests.factories import (
    ClientUserFactory,
    CloudAccountFactory,
    ClusterFactory,
    ConnectionTestFactory,
    LabFactory,
    SpotInstanceFactory,
)
from tests.fleet.connecting.cloud_accounts import OwnedAccount

PLATFORM = "arn:aws:iam::123456789012:root"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def platform(settings):
    settings.AWS_PLATFORM_PRINCIPAL = PLATFORM


@pytest.fixture
def person():
    return ClientUserFactory()


@pytest.fixture
def browser(browser_of, person):
    return browser_of(person)


@pytest.fixture
def draft(person):
    return CloudAccountFactory(client=person.client, role_arn="", connected_at=None)


def path_of(client, part: str = "") -> str:
    return f"/clients/{client.pk}/connections{part}"


def account_path(account, part: str = "") -> str:
    return path_of(account.client, f"/accounts/{account.pk}{part}")


def text_of(answer) -> str:
    return answer.content.decode()


def lacking(account, *names: str) -> ConnectionTest:
    allowed = {"permission": "ec2:DescribeInstances", "why": "to see your nodes", "ok": True, "detail": ""}
    refused = [
        {"permission": name, "why": "for it", "ok": False, "detail": "AWS refuses it."} for name in names
    ]
    return ConnectionTestFactory(account=account, findings=[allowed, *refused])


@pytest.mark.requirement("7.1")
def test_with_nothing_connected_it_leads_to_the_first_step(browser, person) -> None:
    text = text_of(browser.get(path_of(person.client)))
    assert "Nothing is connected yet." in text
    assert f'href="{path_of(person.client, "/accounts/new")}"' in text


def test_accounts_are_listed_with_their_clusters(browser, person) -> None:
    account = CloudAccountFactory(client=person.client, problem="The role is gone.")
    cluster = ClusterFactory(account=account, problem="Its API is silent.")
    SpotInstanceFactory.create_batch(2, cluster=cluster)
    page = browser.get(path_of(person.client))
    text = text_of(page)
    assert "The role is gone." in text and "Its API is silent." in text
    assert page.context["sentence"] == "1 account and 1 cluster, 2 of them in trouble."
    [(row, state)] = page.context["rows"]
    assert (row.clusters[0].nodes, state.label) == (2, "In trouble")


def test_the_list_never_holds_an_external_id(browser, person, draft) -> None:
    assert draft.external_id not in text_of(browser.get(path_of(person.client)))


def test_queries_do_not_grow_with_what_is_connected(browser, person, django_assert_max_num_queries) -> None:
    for _ in range(3):
        account = CloudAccountFactory(client=person.client)
        lacking(account, "ec2:CreateFleet")
        ClusterFactory.create_batch(2, account=account)
    with django_assert_max_num_queries(14):
        browser.get(path_of(person.client))


def test_the_first_step_makes_a_draft_and_goes_on_to_its_page(browser, person) -> None:
    sent = {"name": "production", "aws_account_id": "1111 2222 3333", "regions": ["us-east-1", "eu-west-1"]}
    answer = browser.post(path_of(person.client, "/accounts/new"), sent)
    account = CloudAccount.objects.get(client=person.client)
    assert answer["Location"] == account_path(account)
    assert (account.aws_account_id, account.regions) == ("111122223333", ["us-east-1", "eu-west-1"])
    assert account.connected_at is None


@pytest.mark.parametrize(
    ("field", "sent", "says"),
    [
        ("aws_account_id", {"aws_account_id": "123"}, "it is twelve digits"),
        ("regions", {"regions": []}, "Choose at least one region."),
        ("regions", {"regions": ["mars-north-1"]}, "mars-north-1"),
        ("name", {"name": ""}, "Give it a name"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(browser, person, field, sent, says) -> None:
    whole = {"name": "prod", "aws_account_id": "111122223333", "regions": ["us-east-1"]}
    answer = browser.post(path_of(person.client, "/accounts/new"), whole | sent)
    assert answer.status_code == 422
    assert says in " ".join(answer.context["form"].errors[field])
    assert not CloudAccount.objects.exists()


@pytest.mark.requirement("7.2")
def test_a_draft_shows_the_role_in_three_forms_with_its_own_external_id(browser, draft) -> None:
    text = text_of(browser.get(account_path(draft)))
    for title in ("CloudFormation", "Terraform", "Trust policy", "Permission policy"):
        assert title in text
    assert text.count(draft.external_id) == 3
    assert f"arn:aws:iam::{draft.aws_account_id}:role/AtharvaAccess" in text


def test_an_installation_without_a_principal_says_so(browser, draft, settings) -> None:
    settings.AWS_PLATFORM_PRINCIPAL = ""
    assert "PLATFORM_PRINCIPAL_ARN" in text_of(browser.get(account_path(draft)))


@pytest.mark.requirement("7.2")
def test_what_is_missing_comes_first_with_what_to_add(browser, draft) -> None:
    lacking(draft, "ec2:CreateFleet")
    text = text_of(browser.get(account_path(draft)))
    assert "<b>1 of 2</b> is missing." in text
    assert text.index('data-key="ec2:CreateFleet"') < text.index('data-key="ec2:DescribeInstances"')
    assert "&quot;Action&quot;: [\n        &quot;ec2:CreateFleet&quot;\n      ]" in text
    assert "Test again" in text and "Connect the account" not in text


def test_a_running_test_is_followed_and_a_finished_one_is_not(browser, draft) -> None:
    test = lacking(draft)
    ConnectionTest.objects.filter(pk=test.pk).update(
        state=ConnectionTestState.RUNNING, finished_at=None, planned=33
    )
    part = text_of(browser.get(account_path(draft, "/test")))
    assert "Trying, 1 of 33" in part and 'hx-trigger="every 1s"' in part
    ConnectionTest.objects.filter(pk=test.pk).update(
        state=ConnectionTestState.DONE, finished_at=test.finished_at
    )
    answer = browser.get(account_path(draft, "/test"))
    assert "nothing is missing" in text_of(answer) and "hx-trigger" not in text_of(answer)
    assert answer["HX-Refresh"] == "true"


def test_a_role_of_another_account_is_refused_beside_its_field(browser, draft) -> None:
    answer = browser.post(
        account_path(draft, "/role"), {"role_arn": "arn:aws:iam::999999999999:role/x", "queue_url": ""}
    )
    assert answer.status_code == 422
    assert "it is not of account" in " ".join(answer.context["role"].errors["role_arn"])
    assert not ConnectionTest.objects.exists()


def test_an_untested_account_is_not_connected(browser, draft) -> None:
    page = browser.post(account_path(draft, "/connect"), follow=True)
    assert "its connection was not tested yet" in text_of(page)
    draft.refresh_from_db()
    assert draft.connected_at is None


@pytest.mark.requirement("7.2")
def test_from_the_draft_to_the_connected_account(browser, person, aws_emulator, cloud_settings) -> None:
    owned = OwnedAccount(aws_emulator, client=person.client)
    draft = owned.row
    owned.make_role().deny("ec2:TerminateInstances")
    sent = {"role_arn": draft.role_arn, "queue_url": draft.queue_url}
    assert browser.post(account_path(draft, "/role"), sent)["Location"] == account_path(draft)
    run_test(ConnectionTest.objects.get().pk)
    assert 'data-key="ec2:TerminateInstances"' in text_of(browser.get(account_path(draft, "/test")))
    owned.deny()
    browser.post(account_path(draft, "/test/again"))
    run_test(ConnectionTest.objects.get(finished_at=None).pk)
    assert "Connect the account" in text_of(browser.get(account_path(draft, "/test")))
    assert "is connected" in text_of(browser.post(account_path(draft, "/connect"), follow=True))
    draft.refresh_from_db()
    assert draft.connected_at is not None


def test_a_region_with_a_cluster_stays(browser, person) -> None:
    cluster = ClusterFactory(account__client=person.client, name="prod")
    answer = browser.post(
        account_path(cluster.account, "/place"), {"name": "renamed", "regions": ["eu-west-1"]}
    )
    assert answer.status_code == 422 and "cluster prod in us-east-1" in text_of(answer)
    cluster.account.refresh_from_db()
    assert cluster.account.regions == ["us-east-1"]


def test_an_account_with_clusters_is_not_disconnected(browser, person) -> None:
    cluster = ClusterFactory(account__client=person.client, name="prod")
    page = browser.post(account_path(cluster.account, "/disconnect"), follow=True)
    assert "still has clusters: prod" in text_of(page)
    cluster.account.refresh_from_db()
    assert cluster.account.connected_at is not None


def test_a_draft_is_removed(browser, draft) -> None:
    assert browser.post(account_path(draft, "/remove"))["Location"] == path_of(draft.client)
    assert not CloudAccount.objects.exists()


def test_another_tenants_account_is_not_found(browser, person) -> None:
    other = CloudAccountFactory(role_arn="", connected_at=None)
    for client in (other.client, person.client):
        for part in ("", "/test"):
            foreign = browser.get(path_of(client, f"/accounts/{other.pk}{part}"))
            unknown = browser.get(path_of(client, f"/accounts/{uuid.uuid4()}{part}"))
            assert (foreign.status_code, foreign.content) == (404, unknown.content)
        for part in ("/role", "/place", "/connect", "/disconnect", "/remove", "/test/again"):
            assert browser.post(path_of(client, f"/accounts/{other.pk}{part}")).status_code == 404
    assert CloudAccount.objects.filter(pk=other.pk).exists()


def test_the_lab_connects_nothing(browser_of, draft) -> None:
    assert browser_of(LabFactory()).get(path_of(draft.client)).status_code == 403
