"""The fleet: what a tenant runs, the market it runs in, and what moves."""

from .access import CloudAccount, Cluster, DisruptionBudget, Policy
from .connecting import ConnectionTest, Estimate
from .launching import Enter, Launch, LaunchOutcome, Stay
from .ledger import CostEntry
from .market import InstanceType, Pool, PoolEvent, PriceOverlay, PricePoint, Quota
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
    "DisruptionBudget",
    "Done",
    "Ended",
    "Enter",
    "Estimate",
    "Go",
    "Instance",
    "InstanceType",
    "Launch",
    "LaunchOutcome",
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
    "PriceOverlay",
    "PricePoint",
    "Quota",
    "Stay",
    "Switch",
    "SwitchStep",
    "Wait",
]
