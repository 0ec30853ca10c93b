"""The table of AWS rights holds what the adapter calls: nothing is missing, nothing is too much."""

import ast
import json
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name
from botocore.validate import ParamValidator

from apps.fleet.cloud import aws
from apps.fleet.cloud.aws.permissions import OWN_TEMPLATE, PERMISSIONS, QUEUE_URL
from apps.fleet.services.access_policy import missing_statements, permission_policy

SERVICES = ("ec2", "autoscaling", "sqs", "ssm", "pricing", "eks", "servicequotas")
# IAM writes it in one word, the SDK in two.
SDK_NAMES = {"servicequotas": "service-quotas"}
# Its calls are the table's own.
NOT_READ = ("trying.py",)
# IAM has one permission for a message and for several.
PERMITTED_BY = {"sqs:DeleteMessageBatch": "sqs:DeleteMessage"}
LONGEST_MANAGED_POLICY = 6144


def model_of(service: str):
    return botocore.session.get_session().get_service_model(SDK_NAMES.get(service, service))


def called() -> set[str]:
    """Every `self.<service>.<method>` in the adapter, as IAM names it."""
    names = set()
    for module in Path(aws.__file__).parent.glob("*.py"):
        if module.name in NOT_READ:
            continue
        for node in ast.walk(ast.parse(module.read_text())):
            match node:
                case ast.Attribute(attr=method, value=ast.Attribute(attr=service, value=ast.Name("self"))):
                    if service in SERVICES:
                        names.add((service, method))
    operations = {
        (service, xform_name(name)): f"{service}:{name}"
        for service in SERVICES
        for name in model_of(service).operation_names
    }
    found = {operations[one] for one in names}
    return {PERMITTED_BY.get(action, action) for action in found}


def test_every_call_of_the_adapter_has_its_row_and_every_row_its_call() -> None:
    assert called() == {one.action for one in PERMISSIONS if not one.along_with}


def test_what_aws_asks_for_on_top_of_a_call_names_that_call() -> None:
    on_top = {one.along_with for one in PERMISSIONS if one.along_with}
    assert on_top <= called()


def test_no_row_is_there_twice_and_each_says_what_it_is_for() -> None:
    actions = [one.action for one in PERMISSIONS]
    assert len(actions) == len(set(actions))
    assert all(one.why.startswith(("to ", "because ")) for one in PERMISSIONS)


@pytest.mark.parametrize("permission", [p for p in PERMISSIONS if p.trial], ids=lambda p: p.action)
def test_a_trial_is_a_call_that_aws_takes_and_that_changes_nothing(permission) -> None:
    model = model_of(permission.service)
    names = {xform_name(name): name for name in model.operation_names}
    method = permission.method or xform_name(permission.action.partition(":")[2])
    shape = model.operation_model(names[method]).input_shape
    stands_for = {OWN_TEMPLATE: "lt-0", QUEUE_URL: "https://queue"}
    filled = {
        name: stands_for.get(value, value) if isinstance(value, str) else value
        for name, value in permission.trial.items()
    }
    assert not ParamValidator().validate(filled, shape).has_errors()
    is_write = not permission.action.partition(":")[2].startswith(("Describe", "Get", "List", "Receive"))
    if permission.service == "ec2" and is_write:
        assert permission.trial["DryRun"] is True


def test_the_policy_allows_each_row_and_fits_into_a_managed_policy() -> None:
    policy = permission_policy()
    allowed = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert allowed == {one.action for one in PERMISSIONS}
    assert len(json.dumps(policy, separators=(",", ":"))) < LONGEST_MANAGED_POLICY
    sids = [statement["Sid"] for statement in policy["Statement"]]
    assert len(sids) == len(set(sids))
    assert all(statement["Action"] == sorted(statement["Action"]) for statement in policy["Statement"])


def test_a_role_can_be_passed_to_ec2_alone() -> None:
    [statement] = missing_statements({"iam:PassRole"})
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}


def test_only_templates_that_carry_our_mark_can_be_changed() -> None:
    for action in (
        "ec2:CreateLaunchTemplateVersion",
        "ec2:ModifyLaunchTemplate",
        "ec2:DeleteLaunchTemplate",
        "ec2:DeleteLaunchTemplateVersions",
    ):
        [statement] = missing_statements({action})
        assert statement["Condition"] == {
            "StringEquals": {"aws:ResourceTag/atharva.ai/managed": "launch-template"}
        }


def test_the_mark_cannot_be_put_on_a_template_of_somebody_else() -> None:
    statements = missing_statements({"ec2:CreateTags"})
    [on_templates] = [one for one in statements if "launch-template" in str(one["Resource"])]
    assert on_templates["Condition"] == {"StringEquals": {"ec2:CreateAction": "CreateLaunchTemplate"}}


def test_the_queue_is_the_named_one_alone() -> None:
    arn = "arn:aws:sqs:us-east-1:111122223333:atharva-events"
    [statement] = missing_statements({"sqs:ReceiveMessage"}, arn)
    assert statement["Resource"] == arn


def test_what_is_missing_is_one_statement_with_that_alone() -> None:
    assert missing_statements({"ec2:CreateFleet"}) == [
        {"Sid": "LaunchAndEnd", "Effect": "Allow", "Action": ["ec2:CreateFleet"], "Resource": "*"}
    ]
