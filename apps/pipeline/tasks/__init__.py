"""The loops' tasks: three-line wrappers over services."""

from . import decisions, health, market

__all__ = ["decisions", "health", "market"]
