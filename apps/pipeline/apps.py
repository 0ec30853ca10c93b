from django.apps import AppConfig


class PipelineConfig(AppConfig):
    name = "apps.pipeline"

    def ready(self) -> None:
        # Connecting what they receive is what importing them does.
        from . import receivers  # noqa: F401
        from .health import workers  # noqa: F401
