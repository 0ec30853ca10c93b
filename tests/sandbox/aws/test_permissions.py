"""A role may do what its policies say, and is entered by its trust alone."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.sandbox.aws.conftest import ONCE, Account, Sandbox
from tests.sandbox.aws.statements import allow, deny

PLATFORM = "123456789012"
NODE_TRUST = {
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]
}


def trust(external_id: str, principal: str = f"arn:aws:iam::{PLATFORM}:root") -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": principal},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
            }
        ],
    }


class Entered:
    """An account seen by its owner, with the role `Access`, and by who assumed that role."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.arn = f"arn:aws:iam::{account.id}:role/Access"
        self.owner = self._clients(f"arn:aws:iam::{account.id}:role/Administrator")
        self.iam = self.owner("iam")

    def role(self, *statements: dict[str, Any], external_id: str = "x1", **principal: str) -> "Entered":
        document = json.dumps(trust(external_id, **principal))
        self.iam.create_role(RoleName="Access", AssumeRolePolicyDocument=document)
        if statements:
            self.may(*statements)
        return self

    def may(self, *statements: dict[str, Any]) -> None:
        """What the role may do from now on."""
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        self.iam.put_role_policy(RoleName="Access", PolicyName="access", PolicyDocument=document)

    def platform(self, **more: Any) -> Callable[[str], Any]:
        return self._clients(self.arn, **{"ExternalId": "x1", **more})

    def _clients(self, arn: str, **more: Any) -> Callable[[str], Any]:
        sts = self._client("sts", aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="secret")
        given = sts.assume_role(RoleArn=arn, RoleSessionName="session", **more)["Credentials"]
        keys = {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }
        return lambda service: self._client(service, **keys)

    def _client(self, service: str, **keys: str) -> Any:
        # By a variable name boto3's stubs cannot know which client comes back.
        make: Any = boto3.client
        return make(
            service, endpoint_url=self.account.sandbox.url, region_name="us-east-1", config=ONCE, **keys
        )


@pytest.fixture
def entered(account: Account) -> Entered:
    return Entered(account)


def refused(call: Callable[..., Any], /, **parameters: Any) -> tuple[str, int, str]:
    """Code, HTTP status and sentence of a refusal."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    answer = caught.value.response
    return (
        answer["Error"]["Code"],
        answer["ResponseMetadata"]["HTTPStatusCode"],
        answer["Error"]["Message"],
    )


# --- entering


def test_a_role_is_entered_with_its_external_id(entered):
    platform = entered.role(external_id="x1").platform()
    arn = platform("sts").get_caller_identity()["Arn"]
    assert arn == f"arn:aws:sts::{entered.account.id}:assumed-role/Access/session"


@pytest.mark.parametrize("given", [{"ExternalId": "other"}, {"ExternalId": ""}])
def test_a_wrong_external_id_is_denied_in_awss_words(entered, given):
    entered.role(external_id="x1")
    sts = boto3.client("sts", endpoint_url=entered.account.sandbox.url, region_name="us-east-1", config=ONCE,
                       aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="secret")  # fmt: skip
    more = {key: value for key, value in given.items() if value}
    code, status, sentence = refused(sts.assume_role, RoleArn=entered.arn, RoleSessionName="session", **more)
    assert (code, status) == ("AccessDenied", 403)
    assert sentence == (
        f"User: arn:aws:iam::{PLATFORM}:user/atharva is not authorized to perform: sts:AssumeRole "
        f"on resource: {entered.arn}"
    )


def test_a_role_that_trusts_somebody_else_is_not_entered(entered):
    entered.role(principal="arn:aws:iam::999999999999:root")
    with pytest.raises(ClientError, match="AccessDenied"):
        entered.platform()


def test_a_role_that_is_not_there_is_not_entered(entered):
    entered.role()
    with pytest.raises(ClientError, match="AccessDenied"):
        entered._clients(f"arn:aws:iam::{entered.account.id}:role/Other", ExternalId="x1")


def test_an_account_without_roles_of_its_own_lets_everybody_in(entered):
    entered.iam.create_role(RoleName="nodes", AssumeRolePolicyDocument=json.dumps(NODE_TRUST))
    assert entered.platform()("ec2").describe_vpcs()["Vpcs"]


def test_a_deleted_role_is_gone_again(entered):
    entered.role(allow("ec2:*"))
    entered.iam.delete_role_policy(RoleName="Access", PolicyName="access")
    entered.iam.delete_role(RoleName="Access")
    entered.iam.create_role(RoleName="Second", AssumeRolePolicyDocument=json.dumps(trust("x")))
    with pytest.raises(ClientError, match="AccessDenied"):
        entered.platform()


# --- acting


def test_ec2_refuses_with_the_missing_action(entered):
    platform = entered.role(allow("ec2:DescribeVpcs")).platform()
    assert platform("ec2").describe_vpcs()["Vpcs"]
    code, status, sentence = refused(platform("ec2").describe_instances)
    who = f"User: arn:aws:sts::{entered.account.id}:assumed-role/Access/session"
    assert (code, status) == ("UnauthorizedOperation", 403)
    assert sentence == (
        f"You are not authorized to perform this operation. {who} is not authorized to perform: "
        "ec2:DescribeInstances because no identity-based policy allows the ec2:DescribeInstances action"
    )


@pytest.mark.parametrize(
    ("service", "call", "parameters", "expected"),
    [
        ("autoscaling", "describe_auto_scaling_groups", {}, ("AccessDenied", 403)),
        ("ssm", "get_parameter", {"Name": "/aws/service/x"}, ("AccessDeniedException", 400)),
        ("pricing", "get_products", {"ServiceCode": "AmazonEC2"}, ("AccessDeniedException", 400)),
        ("sqs", "receive_message", {"QueueUrl": "http://x/1/q"}, ("AccessDenied", 403)),
        ("eks", "list_clusters", {}, ("AccessDeniedException", 403)),
        ("events", "list_rules", {}, ("AccessDeniedException", 400)),
    ],
)
def test_each_service_refuses_in_its_own_way(entered, service, call, parameters, expected):
    client = entered.role(allow("ec2:DescribeVpcs")).platform()(service)
    code, status, sentence = refused(getattr(client, call), **parameters)
    assert (code, status) == expected
    assert "no identity-based policy allows the" in sentence


def test_an_explicit_deny_wins(entered):
    platform = entered.role(allow("ec2:*"), deny("ec2:DescribeVolumes")).platform()
    assert "explicit deny" in refused(platform("ec2").describe_volumes)[2]


def test_a_managed_policy_counts_as_well(entered):
    platform = entered.role(allow("ec2:DescribeVpcs")).platform()
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow("ec2:DescribeSubnets")]})
    arn = entered.iam.create_policy(PolicyName="more", PolicyDocument=document)["Policy"]["Arn"]
    entered.iam.attach_role_policy(RoleName="Access", PolicyArn=arn)
    assert platform("ec2").describe_subnets()["Subnets"]


def test_a_change_of_the_policy_counts_at_once(entered):
    platform = entered.role(allow("ec2:DescribeVpcs")).platform()
    assert platform("ec2").describe_vpcs()["Vpcs"]
    entered.may(allow("ec2:DescribeSubnets"))
    assert refused(platform("ec2").describe_vpcs)[0] == "UnauthorizedOperation"


def test_a_batch_is_allowed_by_the_permission_for_one(entered):
    queue = entered.owner("sqs").create_queue(QueueName="q")["QueueUrl"]
    sqs = entered.role(
        allow("sqs:DeleteMessage", resource=f"arn:aws:sqs:*:{entered.account.id}:q")
    ).platform()("sqs")
    answer = sqs.delete_message_batch(QueueUrl=queue, Entries=[{"Id": "1", "ReceiptHandle": "x"}])
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_only_instances_with_the_tag_may_be_terminated(entered):
    ours = entered.account.run(
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "owner", "Value": "us"}]}]
    )
    others = entered.account.run()
    condition = {"StringEquals": {"aws:ResourceTag/owner": "us"}}
    ec2 = entered.role(allow("ec2:TerminateInstances", Condition=condition)).platform()("ec2")
    assert refused(ec2.terminate_instances, InstanceIds=others)[0] == "UnauthorizedOperation"
    assert ec2.terminate_instances(InstanceIds=ours)["TerminatingInstances"]


# --- dry runs


READS = ("describe_instances", "describe_vpcs", "describe_subnets", "describe_volumes", "describe_snapshots",
         "describe_instance_types", "describe_spot_price_history", "describe_images",
         "describe_instance_type_offerings", "describe_instance_status", "describe_security_groups",
         "describe_launch_templates")  # fmt: skip


@pytest.mark.parametrize("call", READS)
def test_a_dry_run_tells_what_is_allowed(entered, call):
    ec2 = entered.role(allow("ec2:Describe*")).platform()("ec2")
    code, status, sentence = refused(getattr(ec2, call), DryRun=True)
    assert (code, status) == ("DryRunOperation", 412)
    assert sentence == "Request would have succeeded, but DryRun flag is set."


WRITES: list[tuple[str, dict[str, Any]]] = [
    ("terminate_instances", {"InstanceIds": ["i-0123456789abcdef0"]}),
    ("create_tags", {"Resources": ["i-0123456789abcdef0"], "Tags": [{"Key": "a", "Value": "b"}]}),
    ("create_launch_template", {"LaunchTemplateName": "n", "LaunchTemplateData": {}}),
    ("create_launch_template_version", {"LaunchTemplateId": "lt-1", "LaunchTemplateData": {}}),
    ("modify_launch_template", {"LaunchTemplateId": "lt-1", "DefaultVersion": "1"}),
    ("delete_launch_template", {"LaunchTemplateId": "lt-1"}),
    ("delete_launch_template_versions", {"LaunchTemplateId": "lt-1", "Versions": ["1"]}),
    ("run_instances", {"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1}),
    ("create_fleet", {"Type": "instant", "TargetCapacitySpecification": {"TotalTargetCapacity": 1},
                      "LaunchTemplateConfigs": [{"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1",
                                                                                 "Version": "1"}}]}),
]  # fmt: skip


@pytest.mark.parametrize(("call", "parameters"), WRITES)
def test_permission_is_looked_at_before_what_is_named(entered, call, parameters):
    ec2 = entered.role(allow("ec2:DescribeVpcs")).platform()("ec2")
    for more in ({"DryRun": True}, {}):
        assert refused(getattr(ec2, call), **parameters, **more)[0] == "UnauthorizedOperation"


@pytest.mark.parametrize(("call", "parameters"), WRITES)
def test_a_dry_run_of_a_permitted_write_changes_nothing(entered, call, parameters):
    ec2 = entered.role(allow("ec2:*")).platform()("ec2")
    code = refused(getattr(ec2, call), **parameters, DryRun=True)[0]
    assert code == "DryRunOperation" or "NotFound" in code or "Malformed" in code


# --- fleets


def fleet_errors(entered: Entered, *allowed: dict[str, Any]) -> list[str]:
    entered.iam.create_role(RoleName="nodes", AssumeRolePolicyDocument=json.dumps(NODE_TRUST))
    entered.iam.create_instance_profile(InstanceProfileName="nodes")
    entered.iam.add_role_to_instance_profile(InstanceProfileName="nodes", RoleName="nodes")
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": "a"}]}]
    entered.account.template(IamInstanceProfile={"Name": "nodes"}, TagSpecifications=tags)
    platform = entered.role(*allowed).platform()
    answer = platform("ec2").create_fleet(
        Type="instant",
        LaunchTemplateConfigs=[
            {"LaunchTemplateSpecification": {"LaunchTemplateName": "nodes", "Version": "$Latest"}}
        ],
        TargetCapacitySpecification={"TotalTargetCapacity": 1, "DefaultTargetCapacityType": "spot"},
    )
    return [f"{error['ErrorCode']}: {error['ErrorMessage']}" for error in answer["Errors"]]


def test_the_tags_of_a_launch_template_itself_are_no_matter_of_its_launches(entered):
    platform = entered.role(allow("ec2:CreateFleet", "ec2:RunInstances")).platform()
    own = {"ResourceType": "launch-template", "Tags": [{"Key": "team", "Value": "a"}]}
    entered.account.ec2.create_launch_template(
        LaunchTemplateName="own",
        LaunchTemplateData={"ImageId": entered.account.image(), "InstanceType": "m5.large"},
        TagSpecifications=[own],
    )
    answer = platform("ec2").create_fleet(
        Type="instant",
        LaunchTemplateConfigs=[
            {"LaunchTemplateSpecification": {"LaunchTemplateName": "own", "Version": "1"}}
        ],
        TargetCapacitySpecification={"TotalTargetCapacity": 1, "DefaultTargetCapacityType": "spot"},
    )
    assert answer["Errors"] == []


PASS = allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}})
TAG = allow(
    "ec2:CreateTags", Condition={"StringEquals": {"ec2:CreateAction": ["CreateFleet", "RunInstances"]}}
)
LAUNCH = allow("ec2:CreateFleet", "ec2:RunInstances")


def test_a_fleet_launches_with_all_permissions_that_a_launch_needs(entered):
    assert fleet_errors(entered, LAUNCH, PASS, TAG) == []


@pytest.mark.parametrize(
    ("allowed", "missing"),
    [
        ((allow("ec2:CreateFleet"), PASS, TAG), "ec2:RunInstances"),
        ((LAUNCH, TAG), "iam:PassRole"),
        ((LAUNCH, PASS), "ec2:CreateTags"),
    ],
)
def test_a_fleet_tells_which_permission_its_launch_lacks(entered, allowed, missing):
    [error] = fleet_errors(entered, *allowed)
    assert error.startswith("UnauthorizedOperation: You are not authorized to perform this operation.")
    assert f"is not authorized to perform: {missing} on resource:" in error


# --- the control API


def test_an_action_is_taken_away_and_given_back(sandbox: Sandbox, entered):
    platform = entered.role(allow("ec2:*")).platform()
    sandbox.post("iam", account_id=entered.account.id, deny=["ec2:DescribeVpcs"])
    assert "explicit deny" in refused(platform("ec2").describe_vpcs)[2]
    assert entered.owner("ec2").describe_vpcs()["Vpcs"]
    sandbox.post("iam", account_id=entered.account.id, deny=[])
    assert platform("ec2").describe_vpcs()["Vpcs"]


def test_an_action_is_taken_away_from_roles_that_have_no_policy(sandbox: Sandbox, account):
    sandbox.post("iam", account_id=account.id, deny=["ec2:Describe*"])
    assert refused(account.ec2.describe_vpcs)[0] == "UnauthorizedOperation"
