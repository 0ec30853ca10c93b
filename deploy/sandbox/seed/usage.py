"""A Cost and Usage Report extract: what the accounts' nodes have cost, day by day, before today."""

import csv
import gzip
import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from deploy.sandbox.seed.cloud import OWNED, Cloud
from deploy.sandbox.seed.world import EAST, ClusterSpec

HOURS = 24
CENTS = Decimal("0.0000000001")
COLUMNS = (
    "lineItem/UsageStartDate",
    "lineItem/UsageAccountId",
    "lineItem/ResourceId",
    "lineItem/UsageType",
    "product/instanceType",
    "product/region",
    "lineItem/AvailabilityZone",
    "lineItem/UsageAmount",
    "lineItem/UnblendedCost",
    "pricing/publicOnDemandCost",
    "pricing/term",
    "resourceTags/user:kubernetes.io/cluster",
)


@dataclass(frozen=True, slots=True)
class Running:
    """One instance of today; the instances that stood in its place before had its shape."""

    instance_id: str
    instance_type: str
    zone: str
    cluster: str
    is_spot: bool
    launched: datetime


def write_usage(cloud: Cloud, path: Path, days: int, chance: random.Random) -> int:
    """Write the extract of the account's clusters to `path` (csv.gz); how many lines."""
    nodes = [node for cluster in cloud.account.clusters for node in _running(cloud, cluster)]
    on_demand = {name: _on_demand_usd(cloud, name) for name in {node.instance_type for node in nodes}}
    spot = _spot_usd(cloud, sorted(on_demand))
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    count = 0
    with gzip.open(path, "wt", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for node in nodes:
            full = on_demand[node.instance_type]
            price = spot.get((node.instance_type, node.zone), full) if node.is_spot else full
            for line in _history(cloud, node, full, price, today - timedelta(days=days), days, chance):
                writer.writerow(line)
                count += 1
    return count


def _history(
    cloud: Cloud,
    node: Running,
    full: Decimal,
    price: Decimal,
    first: datetime,
    days: int,
    chance: random.Random,
) -> Iterator[tuple[object, ...]]:
    """A line a day; a spot price wanders within a fifth around today's and never above on-demand."""
    term = "Spot" if node.is_spot else "OnDemand"
    kind = "SpotUsage" if node.is_spot else "BoxUsage"
    for day in range(days):
        start = first + timedelta(days=day)
        wander = Decimal(str(round(chance.uniform(0.85, 1.2), 4))) if node.is_spot else Decimal(1)
        yield (
            start.strftime("%Y-%m-%dT%H:%M:%SZ"),
            cloud.account.account_id,
            node.instance_id if start >= node.launched else _predecessor(node, day),
            f"{kind}:{node.instance_type}",
            node.instance_type,
            cloud.region,
            node.zone,
            HOURS,
            (min(full, price * wander) * HOURS).quantize(CENTS),
            (full * HOURS).quantize(CENTS),
            term,
            node.cluster,
        )


def _predecessor(node: Running, day: int) -> str:
    """Who ran in the node's place then: on spot about a week at a time."""
    return "i-0" + hashlib.sha256(f"{node.instance_id}/{day // 7}".encode()).hexdigest()[:16]


def _running(cloud: Cloud, cluster: ClusterSpec) -> Iterator[Running]:
    owned = [{"Name": f"tag:{OWNED.format(cluster=cluster.name)}", "Values": ["owned"]}]
    for page in cloud.ec2.get_paginator("describe_instances").paginate(Filters=owned):
        for reservation in page["Reservations"]:
            for instance in reservation["Instances"]:
                yield Running(
                    instance_id=instance["InstanceId"],
                    instance_type=instance["InstanceType"],
                    zone=instance["Placement"]["AvailabilityZone"],
                    cluster=cluster.name,
                    is_spot=instance.get("InstanceLifecycle") == "spot",
                    launched=instance["LaunchTime"],
                )


def _on_demand_usd(cloud: Cloud, instance_type: str) -> Decimal:
    """USD per hour from the price list, which is served in few regions only."""
    wanted = {
        "instanceType": instance_type,
        "regionCode": cloud.region,
        "operatingSystem": "Linux",
        "tenancy": "Shared",
        "preInstalledSw": "NA",
        "capacitystatus": "Used",
    }
    make: Any = cloud.session.client
    answer = make("pricing", endpoint_url=cloud.endpoint, region_name=EAST).get_products(
        ServiceCode="AmazonEC2",
        Filters=[{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in wanted.items()],
    )
    if not answer["PriceList"]:
        raise LookupError(f"the price list has no {instance_type} in {cloud.region}")
    [term] = json.loads(answer["PriceList"][0])["terms"]["OnDemand"].values()
    [dimension] = term["priceDimensions"].values()
    return Decimal(dimension["pricePerUnit"]["USD"])


def _spot_usd(cloud: Cloud, instance_types: list[str]) -> dict[tuple[str, str], Decimal]:
    """USD per hour now, by type and zone."""
    if not instance_types:
        return {}
    answer = cloud.ec2.describe_spot_price_history(
        InstanceTypes=instance_types, ProductDescriptions=["Linux/UNIX"], StartTime=datetime.now(UTC)
    )
    return {
        (price["InstanceType"], price["AvailabilityZone"]): Decimal(price["SpotPrice"])
        for price in answer["SpotPriceHistory"]
    }
