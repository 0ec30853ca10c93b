import json
import urllib.request

import pytest


def products(account, *, region="us-east-1", **fields):
    pricing = account.client("pricing", region)
    filters = [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in fields.items()]
    pages = pricing.get_paginator("get_products").paginate(ServiceCode="AmazonEC2", Filters=filters)
    return [json.loads(entry) for page in pages for entry in page["PriceList"]]


def usd(entry):
    (term,) = entry["terms"]["OnDemand"].values()
    (dimension,) = term["priceDimensions"].values()
    return dimension["unit"], float(dimension["pricePerUnit"]["USD"])


ON_DEMAND_LINUX = {
    "regionCode": "us-east-1",
    "operatingSystem": "Linux",
    "tenancy": "Shared",
    "preInstalledSw": "NA",
    "capacitystatus": "Used",
}


@pytest.mark.parametrize(
    ("instance_type", "price"),
    [("m5.large", 0.096), ("c5.xlarge", 0.17), ("r6g.2xlarge", 0.4032), ("t3.large", 0.0832)],
)
def test_on_demand_price_of_a_type(account, instance_type, price):
    (entry,) = products(account, instanceType=instance_type, **ON_DEMAND_LINUX)
    assert usd(entry) == ("Hrs", pytest.approx(price))
    assert entry["product"]["attributes"]["instanceType"] == instance_type


def test_ireland_is_dearer_and_found_by_location(account):
    (entry,) = products(account, location="EU (Ireland)", instanceType="m5.large", operatingSystem="Linux")
    assert entry["product"]["attributes"]["regionCode"] == "eu-west-1"
    assert 0.1 < usd(entry)[1] < 0.12


def test_every_type_has_a_price(account):
    priced = {
        entry["product"]["attributes"]["instanceType"] for entry in products(account, **ON_DEMAND_LINUX)
    }
    pages = account.ec2.get_paginator("describe_instance_types").paginate()
    assert priced == {one["InstanceType"] for page in pages for one in page["InstanceTypes"]}


def test_pages_hold_max_results(account):
    answer = account.client("pricing").get_products(ServiceCode="AmazonEC2", MaxResults=10)
    assert len(answer["PriceList"]) == 10
    assert answer["NextToken"]


@pytest.mark.parametrize(
    ("api_name", "price"), [("gp2", 0.10), ("gp3", 0.08), ("io1", 0.125), ("st1", 0.045)]
)
def test_storage_is_priced_per_gigabyte_and_month(account, api_name, price):
    found = products(account, productFamily="Storage", regionCode="us-east-1", volumeApiName=api_name)
    assert [usd(entry) for entry in found] == [("GB-Mo", pytest.approx(price))]


def test_snapshots_are_priced(account):
    (entry,) = products(account, productFamily="Storage Snapshot", regionCode="us-east-1")
    assert usd(entry) == ("GB-Mo", pytest.approx(0.05))


def test_spot_advisor_file_has_the_public_shape(sandbox):
    with urllib.request.urlopen(f"{sandbox.url}/spot-advisor-data.json") as answer:
        advice = json.load(answer)
    assert [one["index"] for one in advice["ranges"]] == [0, 1, 2, 3, 4]
    assert advice["instance_types"]["m5.large"]["cores"] == 2
    row = advice["spot_advisor"]["us-east-1"]["Linux"]["m5.large"]
    assert row["r"] in range(5)
    assert 45 <= row["s"] <= 80
