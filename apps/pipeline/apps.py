from django.apps import AppConfig


class PipelineConfig(AppConfig):
    name = "apps.pipeline"

    def ready(self) -> None:
        from . import receivers  # noqa: F401  connecting the receivers is what importing it does
