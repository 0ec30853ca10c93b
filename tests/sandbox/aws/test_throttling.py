import pytest
from botocore.exceptions import ClientError


def refusal(call, **request):
    with pytest.raises(ClientError) as refused:
        call(**request)
    answer = refused.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_ec2_answers_request_limit_exceeded_beyond_the_burst(account, sandbox):
    sandbox.post("throttle", api="DescribeKeyPairs", per_second=0.01, burst=2, seconds=30)
    account.ec2.describe_key_pairs()
    account.ec2.describe_key_pairs()
    assert refusal(account.ec2.describe_key_pairs) == ("RequestLimitExceeded", 503)
    account.ec2.describe_vpcs()


def test_the_bucket_fills_again(account, sandbox, until):
    sandbox.post("throttle", api="DescribeKeyPairs", per_second=0.5, burst=1, seconds=30)
    account.ec2.describe_key_pairs()
    assert refusal(account.ec2.describe_key_pairs)[0] == "RequestLimitExceeded"

    def admitted():
        try:
            return account.ec2.describe_key_pairs()
        except ClientError:
            return None

    until(admitted, seconds=10)


def test_other_services_answer_throttling(account, sandbox):
    groups, events = account.client("autoscaling"), account.client("events")
    for api in ("DescribeAutoScalingGroups", "ListRules"):
        sandbox.post("throttle", api=api, per_second=0.01, burst=0, seconds=30)
    assert refusal(groups.describe_auto_scaling_groups) == ("Throttling", 400)
    assert refusal(events.list_rules) == ("ThrottlingException", 400)


def test_the_throttle_ends_by_itself_and_on_reset(account, sandbox, until):
    sandbox.post("throttle", api="DescribeKeyPairs", per_second=0.01, burst=0, seconds=30)
    assert refusal(account.ec2.describe_key_pairs)[0] == "RequestLimitExceeded"
    sandbox.post("reset")
    account.ec2.describe_key_pairs()
    sandbox.post("throttle", api="DescribeKeyPairs", per_second=0.01, burst=0, seconds=0.3)
    until(lambda: not sandbox.get("state")["throttles"])
    account.ec2.describe_key_pairs()


def test_calls_are_counted_by_action(account, sandbox):
    before = sandbox.get("calls").get("ec2:DescribeAddresses", 0)
    account.ec2.describe_addresses()
    account.ec2.describe_addresses()
    assert sandbox.get("calls")["ec2:DescribeAddresses"] == before + 2
