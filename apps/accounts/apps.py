from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "apps.accounts"

    def ready(self) -> None:
        from .navigation import register_destinations  # models are there only now

        register_destinations()
        import_module("apps.accounts.api.schema")
