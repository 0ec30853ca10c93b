from typing import Any

from django.core.management.base import BaseCommand
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from celery_app.schedules import SCHEDULES


class Command(BaseCommand):
    help = "Create the beat schedules that are missing; what operators changed stays as they set it."

    def handle(self, *args: Any, **options: Any) -> None:
        for schedule in SCHEDULES:
            interval, _ = IntervalSchedule.objects.get_or_create(
                every=round(schedule.every.total_seconds()), period=IntervalSchedule.SECONDS
            )
            _, created = PeriodicTask.objects.get_or_create(
                name=schedule.name,
                defaults={"task": schedule.task, "interval": interval, "queue": schedule.queue},
            )
            if created:
                self.stdout.write(f"created: {schedule.name}")
