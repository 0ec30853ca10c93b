"""What a region offers and at what price."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..port import SpotPrice, TypeShape
from .region import Region

TYPES_PER_PAGE = 100
PRICES_PER_PAGE = 1000
PRODUCTS_PER_PAGE = 100
LINUX_SHARED = {
    "operatingSystem": "Linux",
    "tenancy": "Shared",
    "preInstalledSw": "NA",
    "capacitystatus": "Used",
    "marketoption": "OnDemand",
}
KUBERNETES_ARCHITECTURE = {"arm64": "arm64", "x86_64": "amd64"}
# The recommendation of Amazon's CNI: 110 pods up to 30 vCPUs, 250 beyond, or what the interfaces bear.
PODS_SMALL, PODS_LARGE, SMALL_UNTIL_CPUS = 110, 250, 30


class Market(Region):
    def instance_types(self) -> Iterator[TypeShape]:
        for page in self.call.pages(self.ec2.describe_instance_types, MaxResults=TYPES_PER_PAGE):
            for described in page["InstanceTypes"]:
                if shape := _shape(described):
                    yield shape

    def offerings(self) -> Iterator[tuple[str, str]]:
        pages = self.call.pages(
            self.ec2.describe_instance_type_offerings,
            LocationType="availability-zone",
            MaxResults=PRICES_PER_PAGE,
        )
        for page in pages:
            for offering in page["InstanceTypeOfferings"]:
                yield offering["InstanceType"], offering["Location"]

    def spot_prices(
        self, *, since: datetime, until: datetime | None = None, types: Sequence[str] = ()
    ) -> Iterator[SpotPrice]:
        narrowed: dict[str, object] = {"InstanceTypes": list(types)} if types else {}
        if until is not None:
            narrowed["EndTime"] = until
        pages = self.call.pages(
            self.ec2.describe_spot_price_history,
            ProductDescriptions=["Linux/UNIX"],
            StartTime=since,
            MaxResults=PRICES_PER_PAGE,
            **narrowed,
        )
        for page in pages:
            for quote in page["SpotPriceHistory"]:
                yield SpotPrice(
                    instance_type=quote["InstanceType"],
                    zone=quote["AvailabilityZone"],
                    at=quote["Timestamp"],
                    price_hourly_usd=Decimal(quote["SpotPrice"]),
                )

    def on_demand_prices(self) -> dict[str, Decimal]:
        wanted = {"regionCode": self.region, **LINUX_SHARED}
        pages = self.call.pages(
            self.pricing.get_products,
            ServiceCode="AmazonEC2",
            MaxResults=PRODUCTS_PER_PAGE,
            Filters=[
                {"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in wanted.items()
            ],
        )
        products = (json.loads(text) for page in pages for text in page["PriceList"])
        return dict(price for product in products if (price := _hourly(product)))


def _shape(described: Mapping[str, Any]) -> TypeShape | None:
    """A type's shape; None where Kubernetes knows no such architecture (i386, mac)."""
    supported = described["ProcessorInfo"]["SupportedArchitectures"]
    known = [KUBERNETES_ARCHITECTURE[name] for name in supported if name in KUBERNETES_ARCHITECTURE]
    if not known:
        return None
    cpus: int = described["VCpuInfo"]["DefaultVCpus"]
    return TypeShape(
        name=described["InstanceType"],
        architecture=known[0],
        cpu_milli=cpus * 1000,
        memory_mib=described["MemoryInfo"]["SizeInMiB"],
        gpus=sum(gpu["Count"] for gpu in described.get("GpuInfo", {}).get("Gpus", ())),
        max_pods=_max_pods(described.get("NetworkInfo", {}), cpus),
    )


def _max_pods(network: Mapping[str, Any], cpus: int) -> int:
    most = PODS_SMALL if cpus <= SMALL_UNTIL_CPUS else PODS_LARGE
    if "Ipv4AddressesPerInterface" not in network:
        return most
    # Each interface keeps one address for itself; two pods use the host's network.
    by_addresses = network["MaximumNetworkInterfaces"] * (network["Ipv4AddressesPerInterface"] - 1) + 2
    return int(min(most, by_addresses))


def _hourly(product: Mapping[str, Any]) -> tuple[str, Decimal] | None:
    """(type, USD per hour) of one entry of the Price List; None where it has no such price."""
    for term in product["terms"].get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            price = Decimal(dimension["pricePerUnit"].get("USD", 0))
            if dimension["unit"] == "Hrs" and price > 0:
                return product["product"]["attributes"]["instanceType"], price
    return None
