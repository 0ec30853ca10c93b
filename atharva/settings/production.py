"""An installation that people rely on: HTTPS only, nothing default, nothing wild."""

from .base import *  # noqa: F403  a settings module is its base plus what differs
from .base import (
    ALLOWED_HOSTS,
    AWS_PLATFORM_PRINCIPAL,
    BASE_URL,
    FIELD_ENCRYPTION_KEYS,
    SECRET_KEY,
)
from .environment import LINK_LOCAL, LOOPBACK, env, is_guessable, mail_server, networks, refuse
from .identity import AUTH_PASSWORD_VALIDATORS

MIN_SECRET_LENGTH = 50

if env.bool("DEBUG", default=False):
    refuse("DEBUG must be off in production: its pages show settings and tenants' data to anybody.")
if len(SECRET_KEY) < MIN_SECRET_LENGTH or is_guessable(SECRET_KEY):
    refuse(f"SECRET_KEY must be a random string of at least {MIN_SECRET_LENGTH} characters in production.")
if any(is_guessable(key) for key in FIELD_ENCRYPTION_KEYS):
    refuse("FIELD_ENCRYPTION_KEY must be random, such as `openssl rand -base64 32 | tr +/ -_` prints.")
if any(host == "*" or host.startswith(".") for host in ALLOWED_HOSTS):
    refuse("ALLOWED_HOSTS must name the hosts of this installation in production, never a wildcard.")
if not BASE_URL.startswith("https://"):
    refuse("BASE_URL must begin with https:// in production.")
if mail_server()["EMAIL_BACKEND"].endswith(".console.EmailBackend"):
    refuse("EMAIL_URL must name a mail server in production: the console would show the links of letters.")
if not AWS_PLATFORM_PRINCIPAL.startswith("arn:aws"):
    refuse("PLATFORM_PRINCIPAL_ARN must be the ARN of the role or user that the platform runs as.")

CLUSTER_NETWORKS_REFUSED = networks("CLUSTER_NETWORKS_REFUSED", default=[*LINK_LOCAL, *LOOPBACK])

SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_REDIRECT_EXEMPT = [r"^healthz/"]
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

# Passwords from known breaches are refused. Only five digits of a hash are sent; "" where nothing may be.
BREACHED_PASSWORDS_URL = env.str("BREACHED_PASSWORDS_URL", default="https://api.pwnedpasswords.com/range/")
if BREACHED_PASSWORDS_URL:
    AUTH_PASSWORD_VALIDATORS = [
        *AUTH_PASSWORD_VALIDATORS,
        {
            "NAME": "apps.accounts.passwords.BreachedPasswordValidator",
            "OPTIONS": {"endpoint": BREACHED_PASSWORDS_URL},
        },
    ]
PWNED_PASSWORDS = {"API_TIMEOUT": 1.0, "ADD_PADDING": True}

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "atharva.web.storage.HashedFiles"},
}
