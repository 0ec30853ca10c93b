from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from atharva.api.catalogue import catalogue


def complete_catalogue() -> str:
    """The document, with the errors of every app: importing an app's errors.py is what announces them."""
    for app in apps.get_app_configs():
        if app.name.startswith("apps.") and find_spec(f"{app.name}.errors"):
            import_module(f"{app.name}.errors")
    return catalogue()


class Command(BaseCommand):
    help = "Write docs/errors.md from the error classes of the product."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, default=settings.BASE_DIR / "docs" / "errors.md")

    def handle(self, *, to: Path, **options: object) -> None:
        to.write_text(complete_catalogue(), encoding="utf-8")
