"""What an account may run, and how likely AWS says that a spot request succeeds."""

import pytest

from apps.fleet.cloud.aws.quotas import KNOWN, STANDARD
from apps.fleet.errors import AccessDenied, CloudRefused
from tests.world.servers import AwsEmulator

from .aws_account import REGION, Account

M6I = ("m6i.large", "m6i.xlarge", "m6i.2xlarge")


def test_quotas_are_those_of_the_account_with_the_families_they_count(
    account: Account, aws_emulator: AwsEmulator
):
    aws_emulator.order("quota", account_id=account.id, region=REGION, lifecycle="spot", vcpus=64)
    quotas = {quota.code: quota for quota in account.cloud.quotas()}
    spot = quotas["L-34B43A08"]
    assert (spot.lifecycle, spot.families, spot.vcpus) == ("spot", STANDARD, 64)
    assert quotas["L-1216C47A"].lifecycle == "on_demand"
    assert set(quotas) <= set(KNOWN)  # addresses and the like are quotas too


def test_each_zone_that_sells_one_of_the_types_has_a_score(account: Account):
    scores = account.cloud.placement_scores(M6I, nodes=10)
    assert set(scores) <= set(account.subnets)
    assert len(scores) > 3
    assert set(scores.values()) <= set(range(1, 11))


def test_a_zone_without_room_scores_lowest(account: Account, aws_emulator: AwsEmulator):
    zone = max(account.cloud.placement_scores(M6I, nodes=10).items(), key=lambda one: one[1])[0]
    for name in M6I:
        aws_emulator.order("exhaust", instance_type=name, zone=zone, minutes=5)
    try:
        scores = account.cloud.placement_scores(M6I, nodes=10)
    finally:
        aws_emulator.order("reset")
    assert scores[zone] == 1 == min(scores.values())


def test_an_eleventh_question_in_a_day_is_refused_and_an_old_one_is_not(account: Account):
    for nodes in range(1, 11):
        account.cloud.placement_scores(M6I, nodes=nodes)
    with pytest.raises(CloudRefused, match="MaxConfigLimitExceeded"):
        account.cloud.placement_scores(M6I, nodes=11)
    assert account.cloud.placement_scores(M6I, nodes=1)


@pytest.mark.parametrize("action", ["ec2:GetSpotPlacementScores", "servicequotas:ListServiceQuotas"])
def test_an_account_may_keep_them_to_itself(account: Account, aws_emulator: AwsEmulator, action: str):
    aws_emulator.order("iam", account_id=account.id, deny=[action])
    with pytest.raises(AccessDenied):
        if action.startswith("ec2"):
            account.cloud.placement_scores(M6I, nodes=10)
        else:
            list(account.cloud.quotas())
