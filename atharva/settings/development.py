"""One machine, plain HTTP: what `make run` uses."""

from .base import *  # noqa: F403  a settings module is its base plus what differs

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
