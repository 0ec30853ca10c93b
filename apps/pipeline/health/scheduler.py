"""Beat with a heartbeat: whether schedules are looked at is known from who looks at them."""

from typing import Any

from django_celery_beat.schedulers import DatabaseScheduler

from .heartbeats import beat, leave


class BeatingScheduler(DatabaseScheduler):  # type: ignore[misc]  # django_celery_beat has no types
    """The schedules of the back office; it turns at least every five seconds."""

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        beat("beat", worked=True)
        return super().tick(*args, **kwargs)

    def close(self) -> None:
        super().close()
        leave()
