"""How many vCPUs an account may run, from Service Quotas."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..port import SeenQuota
from .region import Region

SPOT, ON_DEMAND = "spot", "on_demand"
STANDARD = ("a", "c", "d", "h", "i", "m", "r", "t", "z")
QUOTAS_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Known:
    """What one of AWS's quota codes counts: vCPUs of families whose names begin like this."""

    lifecycle: str
    families: tuple[str, ...]


# AWS says nowhere but in a quota's name which families it counts.
KNOWN = {
    "L-34B43A08": Known(SPOT, STANDARD),
    "L-3819A6DF": Known(SPOT, ("g", "vt")),
    "L-7212CCBC": Known(SPOT, ("p2", "p3", "p4")),
    "L-C4BD4855": Known(SPOT, ("p5",)),
    "L-88CF9481": Known(SPOT, ("f",)),
    "L-B5D1601B": Known(SPOT, ("inf",)),
    "L-6B0D517C": Known(SPOT, ("trn",)),
    "L-85EED4F7": Known(SPOT, ("dl",)),
    "L-E3A00192": Known(SPOT, ("x",)),
    "L-1216C47A": Known(ON_DEMAND, STANDARD),
    "L-DB2E81BA": Known(ON_DEMAND, ("g", "vt")),
    "L-417A185B": Known(ON_DEMAND, ("p",)),
    "L-74FC7D96": Known(ON_DEMAND, ("f",)),
    "L-1945791B": Known(ON_DEMAND, ("inf",)),
    "L-2C3B7624": Known(ON_DEMAND, ("trn",)),
    "L-6E869C2A": Known(ON_DEMAND, ("dl",)),
    "L-7295265B": Known(ON_DEMAND, ("x",)),
}


class Quotas(Region):
    def quotas(self) -> Iterator[SeenQuota]:
        pages = self.call.pages(
            self.servicequotas.list_service_quotas, ServiceCode="ec2", MaxResults=QUOTAS_PER_PAGE
        )
        for page in pages:
            for quota in page["Quotas"]:
                if known := KNOWN.get(quota["QuotaCode"]):
                    yield SeenQuota(quota["QuotaCode"], known.lifecycle, known.families, quota["Value"])
