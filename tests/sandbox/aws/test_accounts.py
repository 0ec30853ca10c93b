from datetime import UTC, datetime

import pytest


def test_a_role_is_assumed_with_an_external_id(account):
    assert account.client("sts").get_caller_identity()["Account"] == account.id


def test_accounts_see_only_their_own(account, other_account):
    (instance_id,) = account.run()
    assert account.instance(instance_id)["InstanceId"] == instance_id
    assert other_account.ec2.describe_instances()["Reservations"] == []


def test_regions_are_apart(account):
    account.run()
    assert account.client("ec2", "eu-west-1").describe_instances()["Reservations"] == []


@pytest.mark.parametrize(
    ("region", "zones"), [("us-east-1", "abcdef"), ("eu-west-1", "abc"), ("us-west-2", "abc")]
)
def test_each_region_sells_in_its_zones(account, region, zones):
    ec2 = account.client("ec2", region)
    rows = ec2.describe_spot_price_history(StartTime=datetime.now(UTC))["SpotPriceHistory"]
    assert {row["AvailabilityZone"] for row in rows} == {region + zone for zone in zones}
