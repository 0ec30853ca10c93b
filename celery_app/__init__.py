"""The Celery application: queues, routes and what a worker must know before its first task."""

import os

from celery import Celery
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "atharva.settings.development")

QUEUES = ("default", "switches", "solver", "ingest")

app = Celery("atharva")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_queues=[Queue(name) for name in QUEUES],
    task_default_queue="default",
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_time_limit=300,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    # A task that a dead worker held is delivered again after this long; the sweeps are quicker.
    broker_transport_options={
        "visibility_timeout": 600,
        "socket_keepalive": True,
        "health_check_interval": 15,
    },
    broker_connection_retry_on_startup=True,
    beat_scheduler="apps.pipeline.health.scheduler:BeatingScheduler",
)
app.autodiscover_tasks()

__all__ = ["QUEUES", "app"]
