"""Service Quotas: what an account may run, over the quotas that launches are held against."""

import base64
from typing import Any

from deploy.sandbox.aws.capacity import DEFAULT_VCPU_QUOTA, Capacity, Lifecycle

# Code, name, lifecycle. The sandbox holds all of an account's instances of one lifecycle against one number.
STANDARD: tuple[tuple[str, str, Lifecycle], ...] = (
    ("L-34B43A08", "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests", "spot"),
    ("L-1216C47A", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", "on-demand"),
)
# What the sandbox does not sell, nobody may run.
OTHERS = (
    ("L-3819A6DF", "All G and VT Spot Instance Requests"),
    ("L-7212CCBC", "All P4, P3 and P2 Spot Instance Requests"),
    ("L-DB2E81BA", "Running On-Demand G and VT instances"),
    ("L-417A185B", "Running On-Demand P instances"),
    ("L-0263D0A3", "EC2-VPC Elastic IPs"),
)
MOST = 100


def list_service_quotas(
    capacity: Capacity, account_id: str, region: str, request: dict[str, Any]
) -> dict[str, Any]:
    """Answer of ListServiceQuotas. Raises ValueError for a service without quotas."""
    if request.get("ServiceCode") != "ec2":
        raise ValueError(f"The service code {request.get('ServiceCode')} has no quotas.")
    found = [
        *(
            _quota(code, name, capacity.quotas.get((account_id, region, lifecycle), DEFAULT_VCPU_QUOTA))
            for code, name, lifecycle in STANDARD
        ),
        *(_quota(code, name, 0) for code, name in OTHERS),
    ]
    start = int(base64.urlsafe_b64decode(token)) if (token := request.get("NextToken")) else 0
    stop = start + min(int(request.get("MaxResults", MOST)), MOST)
    answer: dict[str, Any] = {"Quotas": found[start:stop]}
    if stop < len(found):
        answer["NextToken"] = base64.urlsafe_b64encode(str(stop).encode()).decode()
    return answer


def _quota(code: str, name: str, value: int) -> dict[str, Any]:
    return {
        "ServiceCode": "ec2",
        "ServiceName": "Amazon Elastic Compute Cloud (Amazon EC2)",
        "QuotaCode": code,
        "QuotaName": name,
        "Value": float(value),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }
