from datetime import UTC, datetime, timedelta
from decimal import Decimal

from .aws_account import Account


def test_knows_the_shape_of_every_type(account: Account):
    shapes = {shape.name: shape for shape in account.cloud.instance_types()}
    large = shapes["m5.large"]
    assert (large.architecture, large.cpu_milli, large.memory_mib, large.gpus) == ("amd64", 2000, 8192, 0)
    assert large.max_pods == 29
    assert any(shape.architecture == "arm64" for shape in shapes.values())


def test_knows_which_zone_offers_what(account: Account):
    offerings = set(account.cloud.offerings())
    assert ("m5.large", "us-east-1a") in offerings
    assert {zone for _, zone in offerings} <= set(account.subnets)


def test_spot_prices_come_with_the_one_in_force_at_the_start(account: Account):
    since = datetime.now(UTC) - timedelta(hours=1)
    quotes = list(account.cloud.spot_prices(since=since, types=["m5.large"]))
    assert {quote.instance_type for quote in quotes} == {"m5.large"}
    in_zone = [quote for quote in quotes if quote.zone == "us-east-1a"]
    assert in_zone[-1].at <= since
    assert all(Decimal(0) < quote.price_hourly_usd < Decimal(1) for quote in quotes)


def test_on_demand_prices_are_those_of_the_region(account: Account):
    prices = account.cloud.on_demand_prices()
    assert prices["m5.large"] == Decimal("0.096")
    spot = next(account.cloud.spot_prices(since=datetime.now(UTC), types=["m5.large"]))
    assert spot.price_hourly_usd < prices["m5.large"]
