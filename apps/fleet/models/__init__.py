"""The fleet: what a tenant runs, the market it runs in, and what moves."""

from .access import CloudAccount, Cluster, Policy
from .connecting import ConnectionTest, Estimate
from .ledger import CostEntry
from .market import InstanceType, Pool, PoolEvent, PricePoint
from .nodes import Instance, NodeGroup, NodeTemplate
from .notices import CloudEvent, Notification
from .operations import Ended, ItemOutcome, NextStep, Operation, OperationItem, Wait
from .switching import Done, Go, LookAgain, Outcome, Switch, SwitchStep

__all__ = [
    "CloudAccount",
    "CloudEvent",
    "Cluster",
    "ConnectionTest",
    "CostEntry",
    "Done",
    "Ended",
    "Estimate",
    "Go",
    "Instance",
    "InstanceType",
    "ItemOutcome",
    "LookAgain",
    "NextStep",
    "NodeGroup",
    "NodeTemplate",
    "Notification",
    "Operation",
    "OperationItem",
    "Outcome",
    "Policy",
    "Pool",
    "PoolEvent",
    "PricePoint",
    "Switch",
    "SwitchStep",
    "Wait",
]
