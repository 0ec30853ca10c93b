"""The fleet's Celery tasks: three-line wrappers over services."""

from . import discovery, events, switching, upkeep

__all__ = ["discovery", "events", "switching", "upkeep"]
