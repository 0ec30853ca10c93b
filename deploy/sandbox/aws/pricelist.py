"""On-demand and storage prices, and the Price List API's GetProducts over them."""

import base64
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from deploy.sandbox.aws import catalog

LOCATIONS = {
    "us-east-1": "US East (N. Virginia)",
    "us-west-2": "US West (Oregon)",
    "eu-west-1": "EU (Ireland)",
}
REGION_FACTOR = {"us-east-1": 1.0, "us-west-2": 1.0, "eu-west-1": 1.1146}
FAMILY_WORDS = {
    "c": "Compute optimized",
    "m": "General purpose",
    "r": "Memory optimized",
    "t": "General purpose",
}
# USD per GB and month, in us-east-1
VOLUME_USD = {
    "gp2": (0.10, "General Purpose", "SSD-backed"),
    "gp3": (0.08, "General Purpose", "SSD-backed"),
    "io1": (0.125, "Provisioned IOPS", "SSD-backed"),
    "st1": (0.045, "Throughput Optimized HDD", "HDD-backed"),
}
SNAPSHOT_USD = 0.05
MAX_PAGE = 100
OFFER_TERM, RATE_CODE = "JRTCKXETXF", "6YS6EN2CT7"
PUBLISHED = "2026-01-05T00:00:00Z"


@cache
def on_demand_usd(instance_type: str, region: str) -> float:
    """USD per hour of a Linux instance with shared tenancy."""
    sold = catalog.TYPES[instance_type]
    return round(catalog.USD_PER_VCPU[sold.family] * sold.vcpus * REGION_FACTOR.get(region, 1.0), 5)


def _product(family: str, attributes: dict[str, str], unit: str, usd: float) -> dict[str, Any]:
    sku = hashlib.sha256(json.dumps(attributes, sort_keys=True).encode()).hexdigest()[:16].upper()
    rate = f"{sku}.{OFFER_TERM}.{RATE_CODE}"
    dimension = {
        "unit": unit,
        "endRange": "Inf",
        "description": f"${usd:.5f} per {unit} ({attributes['usagetype']})",
        "appliesTo": [],
        "rateCode": rate,
        "beginRange": "0",
        "pricePerUnit": {"USD": f"{usd:.10f}"},
    }
    term = {
        "priceDimensions": {rate: dimension},
        "sku": sku,
        "effectiveDate": PUBLISHED,
        "offerTermCode": OFFER_TERM,
        "termAttributes": {},
    }
    return {
        "product": {"productFamily": family, "attributes": attributes, "sku": sku},
        "serviceCode": "AmazonEC2",
        "terms": {"OnDemand": {f"{sku}.{OFFER_TERM}": term}},
        "version": "20260105000000",
        "publicationDate": PUBLISHED,
    }


def _place(region: str) -> dict[str, str]:
    return {
        "servicecode": "AmazonEC2",
        "servicename": "Amazon Elastic Compute Cloud",
        "location": LOCATIONS[region],
        "locationType": "AWS Region",
        "regionCode": region,
    }


def _instances(region: str) -> Iterator[dict[str, Any]]:
    for sold in catalog.TYPES.values():
        attributes = _place(region) | {
            "instanceType": sold.name,
            "instanceFamily": FAMILY_WORDS[sold.family[0]],
            "currentGeneration": "Yes" if sold.generation >= 5 else "No",
            "vcpu": str(sold.vcpus),
            "memory": f"{sold.memory_mib / 1024:g} GiB",
            "tenancy": "Shared",
            "operatingSystem": "Linux",
            "licenseModel": "No License required",
            "preInstalledSw": "NA",
            "capacitystatus": "Used",
            "operation": "RunInstances",
            "usagetype": f"BoxUsage:{sold.name}",
            "marketoption": "OnDemand",
        }
        yield _product("Compute Instance", attributes, "Hrs", on_demand_usd(sold.name, region))


def _storage(region: str) -> Iterator[dict[str, Any]]:
    for api_name, (usd, volume_type, media) in VOLUME_USD.items():
        attributes = _place(region) | {
            "volumeApiName": api_name,
            "volumeType": volume_type,
            "storageMedia": media,
            "usagetype": f"EBS:VolumeUsage.{api_name}",
        }
        yield _product("Storage", attributes, "GB-Mo", round(usd * REGION_FACTOR[region], 4))
    attributes = _place(region) | {"storageMedia": "Amazon S3", "usagetype": "EBS:SnapshotUsage"}
    yield _product("Storage Snapshot", attributes, "GB-Mo", round(SNAPSHOT_USD * REGION_FACTOR[region], 4))


@cache
def products() -> list[dict[str, Any]]:
    """Every entry of the price list, in a stable order."""
    return [entry for region in LOCATIONS for entry in (*_instances(region), *_storage(region))]


def _matches(entry: dict[str, Any], filters: list[dict[str, str]]) -> bool:
    product = entry["product"]
    values = product["attributes"] | {"productFamily": product["productFamily"], "sku": product["sku"]}
    return all(values.get(wanted["Field"], "").lower() == wanted["Value"].lower() for wanted in filters)


def get_products(request: dict[str, Any]) -> dict[str, Any]:
    """Answer of GetProducts. Raises ValueError where the request cannot be understood."""
    if request.get("ServiceCode") != "AmazonEC2":
        raise ValueError(f"No price list for service code {request.get('ServiceCode')}")
    start = 0
    if token := request.get("NextToken"):
        start = int(base64.urlsafe_b64decode(token))
    found = [entry for entry in products() if _matches(entry, request.get("Filters", []))]
    stop = start + min(int(request.get("MaxResults", MAX_PAGE)), MAX_PAGE)
    answer: dict[str, Any] = {
        "FormatVersion": "aws_v1",
        "PriceList": [json.dumps(entry) for entry in found[start:stop]],
    }
    if stop < len(found):
        answer["NextToken"] = base64.urlsafe_b64encode(str(stop).encode()).decode()
    return answer
