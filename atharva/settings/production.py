"""An installation that people rely on: HTTPS only, nothing default, nothing wild."""

from .base import *  # noqa: F403  a settings module is its base plus what differs
from .base import ALLOWED_HOSTS, BASE_URL, SECRET_KEY
from .environment import refuse

MIN_SECRET_LENGTH = 50

if len(SECRET_KEY) < MIN_SECRET_LENGTH or SECRET_KEY.startswith("django-insecure"):
    refuse(f"SECRET_KEY must be a random string of at least {MIN_SECRET_LENGTH} characters in production.")
if "*" in ALLOWED_HOSTS:
    refuse("ALLOWED_HOSTS must name the hosts of this installation in production, never *.")
if not BASE_URL.startswith("https://"):
    refuse("BASE_URL must begin with https:// in production.")

SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_REDIRECT_EXEMPT = [r"^healthz/"]
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "atharva.web.storage.HashedFiles"},
}
