from datetime import UTC, datetime, timedelta

POOL = {
    "InstanceTypes": ["m5.large"],
    "AvailabilityZone": "us-east-1a",
    "ProductDescriptions": ["Linux/UNIX"],
}


def prices(account, **request):
    return account.ec2.describe_spot_price_history(**request)["SpotPriceHistory"]


def all_prices(account, **request):
    pages = account.ec2.get_paginator("describe_spot_price_history").paginate(**request)
    return [row for page in pages for row in page["SpotPriceHistory"]]


def test_history_reaches_back_thirty_days_newest_first(account):
    start = datetime.now(UTC) - timedelta(days=30)
    rows = all_prices(account, StartTime=start, **POOL)
    stamps = [row["Timestamp"] for row in rows]
    assert stamps == sorted(stamps, reverse=True)
    assert len({row["SpotPrice"] for row in rows}) > 20
    assert max(later - earlier for later, earlier in zip(stamps, stamps[1:], strict=False)) < timedelta(
        days=2
    )


def test_price_in_force_at_start_is_included(account):
    start = datetime.now(UTC) - timedelta(days=3, minutes=7)
    rows = all_prices(account, StartTime=start, EndTime=start + timedelta(hours=5), **POOL)
    assert rows[-1]["Timestamp"] <= start
    assert all(row["Timestamp"] > start for row in rows[:-1])
    assert all(row["Timestamp"] <= start + timedelta(hours=5) for row in rows)


def test_prices_are_strings_between_45_and_80_percent_below_on_demand(account):
    rows = all_prices(account, StartTime=datetime.now(UTC) - timedelta(days=30), **POOL)
    assert all(isinstance(row["SpotPrice"], str) for row in rows)
    discounts = [1 - float(row["SpotPrice"]) / 0.096 for row in rows]
    assert min(discounts) > 0.44 and max(discounts) < 0.81


def test_the_same_history_is_told_twice(account, other_account):
    span = {
        "StartTime": datetime.now(UTC) - timedelta(days=10),
        "EndTime": datetime.now(UTC) - timedelta(days=8),
    }
    assert all_prices(account, **span, **POOL) == all_prices(other_account, **span, **POOL)


def test_another_seed_is_another_market(account, start_sandbox, account_in):
    span = {
        "StartTime": datetime.now(UTC) - timedelta(days=10),
        "EndTime": datetime.now(UTC) - timedelta(days=8),
    }
    elsewhere = account_in(start_sandbox("--seed", "8"))
    assert all_prices(account, **span, **POOL) != all_prices(elsewhere, **span, **POOL)


def test_price_moves_while_the_sandbox_runs(account, until):
    start = datetime.now(UTC)
    until(lambda: len({row["SpotPrice"] for row in prices(account, StartTime=start, **POOL)}) >= 2)


def test_filters_by_type_zone_and_product(account):
    now = datetime.now(UTC)
    rows = prices(account, StartTime=now, InstanceTypes=["c5.large", "m5.large"])
    assert {row["InstanceType"] for row in rows} == {"c5.large", "m5.large"}
    assert {row["AvailabilityZone"] for row in rows} == {f"us-east-1{zone}" for zone in "abcdef"}
    zone = [{"Name": "availability-zone", "Values": ["us-east-1b"]}]
    assert {r["AvailabilityZone"] for r in prices(account, StartTime=now, Filters=zone)} == {"us-east-1b"}
    assert prices(account, StartTime=now, ProductDescriptions=["Windows"]) == []


def test_pages_hold_max_results_and_miss_nothing(account):
    request = {
        "StartTime": datetime.now(UTC) - timedelta(days=4),
        "EndTime": datetime.now(UTC) - timedelta(days=3),
        "InstanceTypes": ["m5.large", "c5.large"],
    }
    first = account.ec2.describe_spot_price_history(MaxResults=7, **request)
    assert len(first["SpotPriceHistory"]) == 7
    whole = prices(account, **request)
    assert all_prices(account, PaginationConfig={"PageSize": 7}, **request) == whole
    assert len(whole) > 20


def test_a_cheaper_pool_is_regularly_to_be_had(account):
    """The dearest of ten pools becomes one of the cheaper half within a fortnight, for most pools."""
    zones = [f"us-east-1{zone}" for zone in "abcdf"]
    now = datetime.now(UTC)
    ranks = {}
    for day in range(14):
        at = now - timedelta(days=day + 1)
        rows = prices(account, StartTime=at, EndTime=at, InstanceTypes=["m5.large", "m5a.large"])
        order = sorted(rows, key=lambda row: float(row["SpotPrice"]))
        for rank, row in enumerate(order):
            if row["AvailabilityZone"] in zones:
                ranks.setdefault((row["InstanceType"], row["AvailabilityZone"]), set()).add(rank)
    assert sum(max(seen) - min(seen) >= 4 for seen in ranks.values()) >= len(ranks) / 2


def test_pinned_price_is_in_force_until_given_back(account, sandbox):
    request = {"InstanceTypes": ["m5.2xlarge"], "AvailabilityZone": "us-east-1c"}
    sandbox.post("price", instance_type="m5.2xlarge", zone="us-east-1c", usd=0.0123)
    assert prices(account, StartTime=datetime.now(UTC), **request)[0]["SpotPrice"] == "0.012300"
    sandbox.post("price", instance_type="m5.2xlarge", zone="us-east-1c", usd=None)
    assert prices(account, StartTime=datetime.now(UTC), **request)[0]["SpotPrice"] != "0.012300"
