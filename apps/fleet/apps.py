from importlib import import_module

from django.apps import AppConfig


class FleetConfig(AppConfig):
    name = "apps.fleet"

    def ready(self) -> None:
        # Models are there only now.
        from .live import register_admission
        from .navigation import register_destinations
        from .operation_kinds import register_kinds

        register_admission()
        register_destinations()
        register_kinds()
        import_module("apps.fleet.receivers")
