"""The loops' tasks: three-line wrappers over services."""

from . import consolidation, decisions, health, market, placement, usage

__all__ = ["consolidation", "decisions", "health", "market", "placement", "usage"]
