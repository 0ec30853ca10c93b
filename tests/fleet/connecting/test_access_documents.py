"""The documents that a tenant makes its role from: they say the same, and they make a role that works."""

import json
import re

import boto3
import pytest
import yaml

from apps.fleet.errors import PlatformPrincipalUnknown
from apps.fleet.services.access_policy import documents_of, permission_policy
from tests.factories import CloudAccountFactory
from tests.fleet.cloud.aws_account import new_account

PLATFORM = "arn:aws:iam::123456789012:root"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def platform(settings):
    settings.AWS_PLATFORM_PRINCIPAL = PLATFORM


@pytest.fixture
def draft():
    return CloudAccountFactory(role_arn="", connected_at=None, aws_account_id="111122223333")


def deploy(account, text: str, region: str = "us-east-1") -> dict[str, str]:
    """The outputs of the stack, deployed by the account's owner."""
    stacks = account.owner("cloudformation", region)
    stacks.create_stack(StackName="atharva", TemplateBody=text, Capabilities=["CAPABILITY_NAMED_IAM"])
    [stack] = stacks.describe_stacks(StackName="atharva")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())}


def jsonencoded(hcl: str) -> list[dict]:
    """Every document within a jsonencode(…)."""
    decoder = json.JSONDecoder()
    starts = [match.end() for match in re.finditer(r"jsonencode\(", hcl)]
    return [decoder.raw_decode(hcl, at)[0] for at in starts]


def test_the_role_trusts_the_platform_with_the_accounts_own_id_alone(draft) -> None:
    [statement] = documents_of(draft).trust["Statement"]
    assert statement["Principal"] == {"AWS": PLATFORM}
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": draft.external_id}}


def test_all_forms_hold_the_same_two_documents(draft) -> None:
    documents = documents_of(draft)
    role = yaml.safe_load(documents.cloudformation)["Resources"]["Role"]["Properties"]
    assert role["RoleName"] == "AtharvaAccess"
    assert role["AssumeRolePolicyDocument"] == documents.trust
    assert role["Policies"][0]["PolicyDocument"] == documents.policy
    assert json.loads(documents.policy_text) == documents.policy
    in_terraform = jsonencoded(documents.terraform)
    assert documents.trust in in_terraform and documents.policy in in_terraform


def test_the_policy_names_the_queue_that_the_stack_makes(draft) -> None:
    queue = "arn:aws:sqs:us-east-1:111122223333:atharva-events"
    assert documents_of(draft).policy == permission_policy(queue)


def test_a_queue_of_another_name_is_the_one_in_the_policy(draft) -> None:
    draft.queue_url = "https://sqs.us-east-1.amazonaws.com/111122223333/their-own"
    assert "arn:aws:sqs:us-east-1:111122223333:their-own" in documents_of(draft).policy_text


def test_the_terraform_is_balanced_and_names_everything_once(draft) -> None:
    draft.regions = ["us-east-1", "eu-west-1"]
    hcl = documents_of(draft).terraform
    for opening, closing in ("{}", "()", "[]"):
        assert hcl.count(opening) == hcl.count(closing)
    blocks = re.findall(r'^(?:resource|output) "[^{]+', hcl, re.MULTILINE)
    assert len(blocks) == len(set(blocks)) == 12
    assert "${" not in hcl


def test_one_region_forwards_nothing(draft) -> None:
    documents = documents_of(draft)
    assert "Forward" not in documents.cloudformation and "elsewhere" not in documents.terraform


@pytest.mark.requirement("7.2")
def test_the_stack_makes_a_role_that_only_we_can_assume(cloud_settings, aws_emulator, draft) -> None:
    account = new_account(aws_emulator)
    draft.aws_account_id = account.id
    outputs = deploy(account, documents_of(draft).cloudformation)
    assert outputs["RoleArn"] == f"arn:aws:iam::{account.id}:role/AtharvaAccess"
    assert outputs["QueueUrl"].endswith(f"/{account.id}/atharva-events")
    sts = boto3.client("sts", region_name="us-east-1", endpoint_url=aws_emulator.url)
    come_in = {"RoleArn": outputs["RoleArn"], "RoleSessionName": "test"}
    assert sts.assume_role(**come_in, ExternalId=draft.external_id)["Credentials"]
    with pytest.raises(sts.exceptions.ClientError):
        sts.assume_role(**come_in, ExternalId="another")
    with pytest.raises(sts.exceptions.ClientError):
        sts.assume_role(**come_in)


def test_the_stacks_queue_hears_of_interruptions(cloud_settings, aws_emulator, draft) -> None:
    account = new_account(aws_emulator)
    draft.aws_account_id = account.id
    url = deploy(account, documents_of(draft).cloudformation)["QueueUrl"]
    [instance] = account.ec2.run_instances(
        ImageId=account.image(),
        InstanceType="m5.large",
        MinCount=1,
        MaxCount=1,
        InstanceMarketOptions={"MarketType": "spot"},
    )["Instances"]
    aws_emulator.order("interrupt", instance_id=instance["InstanceId"], seconds=120)
    queue = account.owner("sqs")
    kinds = set()
    while messages := queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=2).get(
        "Messages"
    ):
        kinds |= {json.loads(message["Body"])["detail-type"] for message in messages}
        if "EC2 Spot Instance Interruption Warning" in kinds:
            break
    assert "EC2 Spot Instance Interruption Warning" in kinds


def test_the_same_stack_elsewhere_sends_what_it_hears_home(cloud_settings, aws_emulator, draft) -> None:
    account = new_account(aws_emulator)
    draft.aws_account_id, draft.regions = account.id, ["us-east-1", "eu-west-1"]
    text = documents_of(draft).cloudformation
    deploy(account, text)
    assert deploy(account, text, "eu-west-1") == {}
    [target] = account.owner("events", "eu-west-1").list_targets_by_rule(Rule="atharva-events")["Targets"]
    assert target["Arn"] == f"arn:aws:events:us-east-1:{account.id}:event-bus/default"


def test_without_a_principal_it_says_who_can_name_one(settings, draft) -> None:
    settings.AWS_PLATFORM_PRINCIPAL = ""
    with pytest.raises(PlatformPrincipalUnknown) as refused:
        documents_of(draft)
    assert "PLATFORM_PRINCIPAL_ARN" in refused.value.sentence
