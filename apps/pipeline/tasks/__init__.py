"""The loops' tasks: three-line wrappers over services."""

from . import decisions, health, market, placement, usage

__all__ = ["decisions", "health", "market", "placement", "usage"]
