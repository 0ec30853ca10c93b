"""The Celery tasks of people: three-line wrappers over what they call."""

from . import mail

__all__ = ["mail"]
