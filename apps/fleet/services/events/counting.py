"""What became of the events."""

from prometheus_client import Counter

EVENTS = Counter("cloud_events", "Events of AWS by what became of them", ["kind", "outcome"])
