"""The loops' tasks: three-line wrappers over services."""

from . import decisions, market

__all__ = ["decisions", "market"]
