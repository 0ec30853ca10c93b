"""What the loops leave behind: the market's sources, decisions, plans, usage, and how each part stands."""

from .consolidation import Consolidation
from .decisions import DecisionSnapshot, PipelineRun, Trigger
from .health import Component, ComponentEvent, Heartbeat
from .market import Scrape, Source
from .placement import PlacementPlan, PlacementRequest
from .usage import WorkloadUsage

__all__ = [
    "Component",
    "ComponentEvent",
    "Consolidation",
    "DecisionSnapshot",
    "Heartbeat",
    "PipelineRun",
    "PlacementPlan",
    "PlacementRequest",
    "Scrape",
    "Source",
    "Trigger",
    "WorkloadUsage",
]
