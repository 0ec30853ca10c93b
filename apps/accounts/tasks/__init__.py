"""The Celery tasks of people: three-line wrappers over what they call."""

from . import mail, upkeep

__all__ = ["mail", "upkeep"]
