from django.apps import AppConfig


class PipelineConfig(AppConfig):
    name = "apps.pipeline"

    def ready(self) -> None:
        # Connecting what they receive is what importing them does.
        from . import receivers  # noqa: F401  importing it connects them
        from .health import workers  # noqa: F401  the same
        from .navigation import register_destinations
        from .pages.live import register_live_panels

        register_destinations()
        register_live_panels()
