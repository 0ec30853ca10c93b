from django.apps import AppConfig


class MLOpsConfig(AppConfig):
    name = "apps.mlops"

    def ready(self) -> None:
        from .navigation import register_destinations  # models are there only now

        register_destinations()
