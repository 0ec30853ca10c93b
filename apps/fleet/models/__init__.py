"""The fleet: what a tenant runs, the market it runs in, and what moves."""

from .access import CloudAccount, Cluster, Policy
from .ledger import CostEntry
from .market import InstanceType, Pool, PoolEvent, PricePoint
from .nodes import Instance, NodeGroup, NodeTemplate
from .notices import CloudEvent, Notification
from .switching import Done, Go, LookAgain, Outcome, Switch, SwitchStep

__all__ = [
    "CloudAccount",
    "CloudEvent",
    "Cluster",
    "CostEntry",
    "Done",
    "Go",
    "Instance",
    "InstanceType",
    "LookAgain",
    "NodeGroup",
    "NodeTemplate",
    "Notification",
    "Outcome",
    "Policy",
    "Pool",
    "PoolEvent",
    "PricePoint",
    "Switch",
    "SwitchStep",
]
