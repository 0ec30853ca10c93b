"""Trying an account: what is missing is named, what is not known is not claimed, and nothing is changed."""

import json
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import AuditEvent
from apps.fleet.cloud.aws.permissions import BY_ACTION, PERMISSIONS
from apps.fleet.errors import RoleUnknown
from apps.fleet.models import ConnectionTest
from apps.fleet.services.connection_tests import claim_due, run_test, start_test
from apps.fleet.services.connection_tests.accounts import plan_for_account
from apps.fleet.services.connection_tests.running import SILENT
from apps.fleet.statuses import ConnectionTestState
from tests.factories import AdminFactory, CloudAccountFactory

from .cloud_accounts import PLATFORM, OwnedAccount

pytestmark = pytest.mark.django_db
TRIED = {one.action for one in PERMISSIONS if one.trial is not None}


def finding(test: ConnectionTest, permission: str) -> dict:
    [found] = [one for one in test.findings if one["permission"] == permission]
    return found


def document(**statement: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.requirement("7.2")
def test_the_role_of_our_own_template_passes(owned: OwnedAccount) -> None:
    test = owned.make_role().tested()
    assert (test.problem, test.missing) == ("", [])
    assert test.passed and test.state == ConnectionTestState.DONE
    assert {one["permission"] for one in test.findings} == {"sts:AssumeRole", "sts:ExternalId"} | TRIED
    assert test.planned == len(test.findings)


@pytest.mark.parametrize("action", ["ec2:CreateFleet", "ec2:ModifyLaunchTemplate", "sqs:ReceiveMessage"])
def test_a_permission_that_is_taken_away_is_named(owned: OwnedAccount, action: str) -> None:
    owned.make_role().deny(action)
    test = owned.tested()
    assert test.missing == [action]
    found = finding(test, action)
    assert found["why"] and "Add it to the role's policy" in found["detail"]


def test_each_permission_is_found_missing_where_it_is(owned: OwnedAccount) -> None:
    attempts = {one.permission: one for one in plan_for_account(owned.make_role().row).attempts}
    for action in sorted(TRIED):
        owned.deny(action)
        tried = attempts[action].run()
        assert tried.detail.startswith("AWS refuses it"), action
        # What can be done without is no reason to keep an account out.
        assert tried.ok is bool(BY_ACTION[action].without), action
        owned.deny()
        assert attempts[action].run().ok, action


def test_what_cannot_be_tried_without_another_permission_is_not_claimed(owned: OwnedAccount) -> None:
    owned.make_role().deny("ec2:CreateTags")
    # AWS refuses to make a template that carries our mark for the same reason.
    assert owned.tested().missing == ["ec2:CreateTags", "ec2:CreateLaunchTemplate"]


def test_given_back_the_permission_is_found_again(owned: OwnedAccount) -> None:
    owned.make_role().deny("ec2:CreateFleet", "sqs:ReceiveMessage")
    assert set(owned.tested().missing) == {"ec2:CreateFleet", "sqs:ReceiveMessage"}
    owned.deny()
    assert owned.tested().passed


def test_nothing_of_the_test_stays_in_the_account(owned: OwnedAccount) -> None:
    [kept] = owned.make_role().aws.run()
    assert owned.tested().passed
    assert owned.aws.ec2.describe_launch_templates()["LaunchTemplates"] == []
    [reservation] = owned.aws.ec2.describe_instances()["Reservations"]
    assert [(one["InstanceId"], one.get("Tags", [])) for one in reservation["Instances"]] == [(kept, [])]


def test_a_message_in_the_queue_is_still_there_for_its_reader(owned: OwnedAccount) -> None:
    queue = owned.make_role().aws.owner("sqs")
    queue.send_message(QueueUrl=owned.row.queue_url, MessageBody="{}")
    assert owned.tested().passed
    assert len(queue.receive_message(QueueUrl=owned.row.queue_url)["Messages"]) == 1


def test_a_queue_that_does_not_exist_is_said(owned: OwnedAccount) -> None:
    owned.make_role().aws.owner("sqs").delete_queue(QueueUrl=owned.row.queue_url)
    test = owned.tested()
    assert "no queue at this address" in finding(test, "sqs:ReceiveMessage")["detail"]


def test_without_a_queue_none_is_tried(owned: OwnedAccount) -> None:
    owned.make_role().row.queue_url = ""
    owned.row.save()
    test = owned.tested()
    assert test.passed and not any(one["permission"].startswith("sqs:") for one in test.findings)


def test_every_region_is_tried_and_the_one_that_lacks_something_is_named(owned: OwnedAccount) -> None:
    owned.row.regions = ["us-east-1", "eu-west-1"]
    owned.make_role().aws.owner("iam").put_role_policy(
        RoleName="AtharvaAccess",
        PolicyName="not-in-europe",
        PolicyDocument=document(
            Effect="Deny",
            Action="ec2:CreateFleet",
            Resource="*",
            Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
        ),
    )
    test = owned.tested()
    assert test.missing == ["ec2:CreateFleet"]
    assert "in eu-west-1." in finding(test, "ec2:CreateFleet")["detail"]


def test_a_role_that_does_not_let_us_in_is_all_that_is_said(owned: OwnedAccount) -> None:
    owned.make_role().row.external_id = "another"
    owned.row.save()
    test = owned.tested()
    assert [one["permission"] for one in test.findings] == ["sts:AssumeRole"]
    assert "trust policy" in finding(test, "sts:AssumeRole")["detail"]
    assert not test.passed


@pytest.mark.requirement("7.2")
def test_a_role_that_opens_without_the_external_id_does_not_pass(owned: OwnedAccount) -> None:
    owned.make_role().aws.owner("iam").update_assume_role_policy(
        RoleName="AtharvaAccess",
        PolicyDocument=document(Effect="Allow", Action="sts:AssumeRole", Principal={"AWS": PLATFORM}),
    )
    test = owned.tested()
    assert test.missing == ["sts:ExternalId"]
    assert "without the external id" in finding(test, "sts:ExternalId")["detail"]


def test_when_aws_does_not_answer_nothing_is_claimed(owned: OwnedAccount, settings) -> None:
    owned.make_role()
    settings.AWS_ENDPOINT_URL = "http://127.0.0.1:1"
    owned.row.regions = ["ap-south-1"]  # no client of it is kept yet
    owned.row.save()
    test = owned.tested()
    assert test.findings == [] and not test.passed
    assert "did not answer" in test.problem


def test_a_second_click_finds_the_same_test(db) -> None:
    account, person = CloudAccountFactory(), AdminFactory()
    first = start_test(account, by=person)
    assert start_test(account, by=person) == first
    assert AuditEvent.objects.filter(what="connection_tested").count() == 1


def test_without_a_role_there_is_nothing_to_try(db) -> None:
    with pytest.raises(RoleUnknown):
        start_test(CloudAccountFactory(role_arn=""), by=AdminFactory())


def test_a_waiting_test_is_handed_out_once(db) -> None:
    test = start_test(CloudAccountFactory(), by=AdminFactory())
    now = timezone.now()
    assert claim_due(now) == [test.pk]
    assert claim_due(now) == []


def test_a_test_whose_worker_fell_silent_is_handed_out_again(db) -> None:
    test = start_test(CloudAccountFactory(), by=AdminFactory())
    claim_due(timezone.now())
    assert claim_due(timezone.now() + SILENT + timedelta(seconds=1)) == [test.pk]


def test_run_again_a_test_begins_anew_and_ends_once(owned: OwnedAccount) -> None:
    owned.make_role()
    test = start_test(owned.row, by=AdminFactory())
    ConnectionTest.objects.filter(pk=test.pk).update(
        state=ConnectionTestState.RUNNING,
        findings=[{"permission": "ec2:CreateFleet", "why": "", "ok": False, "detail": ""}],
    )
    run_test(test.pk)
    test.refresh_from_db()
    assert test.passed
    ended = test.finished_at
    run_test(test.pk)
    test.refresh_from_db()
    assert test.finished_at == ended


def test_a_worker_that_was_given_up_does_not_write_over_the_next(owned: OwnedAccount, monkeypatch) -> None:
    """While the first one waits for AWS, a second takes the test and ends it."""
    owned.make_role()
    test = start_test(owned.row, by=AdminFactory())
    role = type(owned.aws.cloud).try_role
    turns = iter([lambda: run_test(test.pk)])

    def slow(cloud):
        next(turns, lambda: None)()
        role(cloud)

    monkeypatch.setattr(type(owned.aws.cloud), "try_role", slow)
    run_test(test.pk)
    test.refresh_from_db()
    assert test.passed and len(test.findings) == test.planned


def test_a_test_that_was_forgotten_meanwhile_is_left(owned: OwnedAccount) -> None:
    test = start_test(owned.make_role().row, by=AdminFactory())
    with transaction.atomic():
        ConnectionTest.objects.all().delete()
    run_test(test.pk)
    assert not ConnectionTest.objects.exists()
