"""AWS as a cloud: the one place that knows botocore."""

from .adapter import cloud_for

__all__ = ["cloud_for"]
