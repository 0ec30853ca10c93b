"""How people prove who they are, and how often they may try."""

from datetime import timedelta

from .environment import env, openid_connect

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    # Finds blocked people too: only who knows the password is told that the account is blocked.
    "apps.accounts.backends.PeopleBackend",
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "home"

PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

SESSION_COOKIE_NAME = env.str("SESSION_COOKIE_NAME", default="atharva_session")
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = env.str("CSRF_COOKIE_NAME", default="atharva_csrf")
CSRF_COOKIE_SAMESITE = "Lax"

# A token's family is looked at whenever the token is used (apps.accounts.services.sessions).
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=10),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
}

# The pair of a name and an address waits after its failures: nobody elsewhere can lock a person out.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=5)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"
AXES_USERNAME_CALLABLE = "apps.accounts.services.signing_in.name_as_counted"
# A list, not ipware: uvicorn has put the address that its trusted proxies report there.
AXES_IPWARE_META_PRECEDENCE_ORDER = ["REMOTE_ADDR"]
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken", "code", "next"]
AXES_VERBOSE = False
# Our own audit trail has the sign-ins.
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
# Many people may sit behind one address, and one attacker may try many names from it.
SIGN_IN_FAILURES_OF_ONE_ADDRESS = env.int("SIGN_IN_FAILURES_OF_ONE_ADDRESS", default=200)

SIGN_UP_OPEN = env.bool("SIGN_UP_OPEN", default=True)
# Of one address, number/period (s, m, h, d); see apps.accounts.services.limits.
LIMITS = {
    "sign_up": env.str("LIMIT_SIGN_UP", default="20/h"),
    "reset": env.str("LIMIT_RESET", default="20/h"),
    "invitation": env.str("LIMIT_INVITATION", default="60/h"),
    "code": env.str("LIMIT_CODE", default="60/h"),
    "profile": env.str("LIMIT_PROFILE", default="20/h"),
}

MFA_ADAPTER = "apps.accounts.second_factor_adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Atharva.AI"
MFA_TOTP_TOLERANCE = 1  # a clock may be half a minute off, and people type slowly
MFA_RECOVERY_CODE_DIGITS = 10

SOCIALACCOUNT_ADAPTER = "apps.accounts.openid_adapter.OpenIdAdapter"
SOCIALACCOUNT_PROVIDERS = openid_connect()
