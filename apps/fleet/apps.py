from django.apps import AppConfig


class FleetConfig(AppConfig):
    name = "apps.fleet"

    def ready(self) -> None:
        from .navigation import register_destinations  # models are there only now

        register_destinations()
