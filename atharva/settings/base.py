"""What every installation shares. Values that differ come from the environment (see environment.py)."""

from datetime import timedelta

from .environment import (
    LINK_LOCAL,
    ROOT,
    check_required,
    database,
    encryption_keys,
    env,
    mail_server,
    networks,
)
from .identity import *  # noqa: F403  how people sign in has a module of its own
from .identity import LIMITS
from .logs import configure_logging

check_required()

BASE_DIR = ROOT
SECRET_KEY = env.str("SECRET_KEY")
FIELD_ENCRYPTION_KEYS = encryption_keys()
DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BASE_URL = env.str("BASE_URL", default="http://localhost:8000")

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
    "atharva.web",
    "apps.accounts",
    "apps.fleet",
    "apps.governance",
    "apps.storage",
    "apps.mlops",
    "apps.pipeline",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "atharva.web.middleware.RequestContext",
    "atharva.web.middleware.ContentSecurity",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "atharva.urls"
ASGI_APPLICATION = "atharva.asgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.fleet.frame.frame",
            ],
        },
    },
]

DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
    },
}

# Of two living people none share a username; a deleted person's may be taken anew (see the constraint).
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",
    # Its middleware rewrites the answer to a try that must wait; ours says so itself, in the API's own words.
    "axes.W002",
]

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

NODE_MODULES = ROOT / "node_modules"
STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(ROOT / "staticfiles"))
STATICFILES_DIRS = [
    ROOT / "static",
    ("vendor/inter", NODE_MODULES / "@fontsource-variable" / "inter"),
    ("vendor/jetbrains-mono", NODE_MODULES / "@fontsource-variable" / "jetbrains-mono"),
]
WHITENOISE_USE_FINDERS = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.accounts.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    # A view that says nothing is for signed-in people themselves, and closed to their API tokens.
    "DEFAULT_PERMISSION_CLASSES": ["apps.accounts.permissions.IsThePerson"],
    "DEFAULT_THROTTLE_RATES": LIMITS,
    "DEFAULT_PARSER_CLASSES": ["atharva.api.parsing.WholeCharacters"],
    "DEFAULT_PAGINATION_CLASS": "atharva.api.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "atharva.api.errors.answer",
    "COERCE_DECIMAL_TO_STRING": True,
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Atharva.AI",
    "DESCRIPTION": "The control plane for Kubernetes on AWS spot capacity.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "atharva.api.schema.add_errors",
    ],
    "ENUM_NAME_OVERRIDES": {
        "PersonStatus": "apps.accounts.models.UserStatus",
        "OperationStatus": "apps.fleet.statuses.OperationStatus",
        "ConnectionTestState": "apps.fleet.statuses.ConnectionTestState",
        "SwitchState": "apps.fleet.statuses.SwitchState",
        "LaunchState": "apps.fleet.statuses.LaunchState",
        "ItemState": "apps.fleet.statuses.ItemState",
        "PlanState": "apps.pipeline.statuses.PlanState",
    },
    # From our own static files: nothing is fetched from elsewhere.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

CELERY_BROKER_URL = REDIS_URL

globals().update(mail_server())
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Atharva.AI <no-reply@localhost>")

# How the platform itself reaches AWS; tenants' accounts are reached by assuming their role.
AWS_ENDPOINT_URL = env.str("AWS_ENDPOINT_URL", default="") or None
# The role or user that tenants' roles let in: it stands in the trust policy that they are shown.
AWS_PLATFORM_PRINCIPAL = env.str("PLATFORM_PRINCIPAL_ARN", default="")
AWS_TIMEOUT = timedelta(seconds=env.int("AWS_TIMEOUT_SECONDS", default=20))
# A tenant says where its clusters are. It is never let near what only this machine or its cloud may reach.
CLUSTER_NETWORKS_REFUSED = networks("CLUSTER_NETWORKS_REFUSED", default=LINK_LOCAL)
KUBERNETES_TIMEOUT = timedelta(seconds=env.int("KUBERNETES_TIMEOUT_SECONDS", default=10))
SPOT_ADVISOR_URL = env.str(
    "SPOT_ADVISOR_URL", default="https://spot-bid-advisor.s3.amazonaws.com/spot-advisor-data.json"
)
PRICING_REGION = env.str("PRICING_REGION", default="us-east-1")

LOG_FORMAT = env.str("LOG_FORMAT", default="json")
LOGGING_CONFIG = None
configure_logging(level=env.str("LOG_LEVEL", default="INFO"), as_json=LOG_FORMAT == "json")

UNFOLD = {
    "SITE_TITLE": "Atharva.AI back office",
    "SITE_HEADER": "Atharva.AI",
    "SITE_URL": "/",
}
