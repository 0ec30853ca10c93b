"""The fleet's Celery tasks: three-line wrappers over services."""

from . import connecting, discovery, events, launching, operations, switching, upkeep

__all__ = ["connecting", "discovery", "events", "launching", "operations", "switching", "upkeep"]
