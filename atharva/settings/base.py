"""What every installation shares. Values that differ come from the environment (see environment.py)."""

from datetime import timedelta

from .environment import ROOT, check_required, database, encryption_keys, env
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

AUTH_USER_MODEL = "accounts.User"
# Of two living people none share a username; a deleted person's may be taken anew (see the constraint).
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    # Finds blocked people too: only who knows the password is told that the account is blocked.
    "django.contrib.auth.backends.AllowAllUsersModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
MFA_ADAPTER = "apps.accounts.second_factor_adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Atharva.AI"
MFA_TOTP_TOLERANCE = 1  # a clock may be half a minute off, and people type slowly
MFA_RECOVERY_CODE_DIGITS = 10
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "home"
SESSION_COOKIE_NAME = env.str("SESSION_COOKIE_NAME", default="atharva_session")
CSRF_COOKIE_NAME = env.str("CSRF_COOKIE_NAME", default="atharva_csrf")
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

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
        "rest_framework_simplejwt.authentication.JWTAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "atharva.api.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "atharva.api.errors.answer",
    "COERCE_DECIMAL_TO_STRING": True,
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=10),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
    "USER_ID_FIELD": "id",
    "CHECK_USER_IS_ACTIVE": True,
    # A new password, role or status changes the claim's source, which voids every older token.
    "CHECK_REVOKE_TOKEN": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Atharva.AI",
    "DESCRIPTION": "The control plane for Kubernetes on AWS spot capacity.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    # From our own static files: nothing is fetched from elsewhere.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

CELERY_BROKER_URL = REDIS_URL

# How the platform itself reaches AWS; tenants' accounts are reached by assuming their role.
AWS_ENDPOINT_URL = env.str("AWS_ENDPOINT_URL", default="") or None
# The role or user that tenants' roles let in: it stands in the trust policy that they are shown.
AWS_PLATFORM_PRINCIPAL = env.str("PLATFORM_PRINCIPAL_ARN", default="")
AWS_TIMEOUT = timedelta(seconds=env.int("AWS_TIMEOUT_SECONDS", default=20))
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
