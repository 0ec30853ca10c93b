"""Production starts only with what keeps it safe; then Django's deployment check has nothing to say."""

import json
import os
import secrets
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet
from django.conf import settings

GOOD = {
    "DJANGO_SETTINGS_MODULE": "atharva.settings.production",
    "SECRET_KEY": secrets.token_urlsafe(48),
    "FIELD_ENCRYPTION_KEY": Fernet.generate_key().decode(),
    "DATABASE_URL": os.environ["DATABASE_URL"],
    "REDIS_URL": os.environ["REDIS_URL"],
    "ALLOWED_HOSTS": "atharva.acme.example",
    "BASE_URL": "https://atharva.acme.example",
    "LOG_LEVEL": "WARNING",
    "EMAIL_URL": "smtp+tls://mail.acme.example:587",
    "PLATFORM_PRINCIPAL_ARN": "arn:aws:iam::123456789012:role/atharva",
}
SHOW = (
    "import json; from django.conf import settings; print(json.dumps({n: getattr(settings, n) for n in %r}))"
)


def run(*arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
    """A process of a production installation whose environment differs from a good one in `changed`."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=settings.BASE_DIR,
        env=inherited | GOOD | changed,
        capture_output=True,
        text=True,
        timeout=100,
    )


def shown(*names: str, **changed: str) -> dict[str, object]:
    """The values of settings in such a process."""
    answer = run("-c", SHOW % (names,), **changed)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_the_deployment_check_has_nothing_to_say() -> None:
    answer = run("manage.py", "check", "--deploy", "--fail-level", "DEBUG")
    assert answer.returncode == 0, answer.stderr
    said = answer.stdout + answer.stderr
    assert "System check identified no issues" in said
    assert "WARNING" not in said.upper().replace("LOG_LEVEL", "")


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"DEBUG": "true"}, "DEBUG"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": "x" * 60}, "SECRET_KEY"),
        ({"SECRET_KEY": "django-insecure-" + "abcdefghijklmnopqrstuvwxyz0123456789!@#$%"}, "SECRET_KEY"),
        ({"SECRET_KEY": "change-me-before-this-is-used-by-anybody-please-1234567890"}, "SECRET_KEY"),
        ({"FIELD_ENCRYPTION_KEY": "A" * 43 + "="}, "FIELD_ENCRYPTION_KEY"),
        ({"FIELD_ENCRYPTION_KEY": "not-a-key"}, "FIELD_ENCRYPTION_KEY"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "atharva.acme.example,.acme.example"}, "ALLOWED_HOSTS"),
        ({"BASE_URL": "http://atharva.acme.example"}, "BASE_URL"),
        ({"DATABASE_URL": "sqlite:///db"}, "DATABASE_URL"),
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"OIDC_ISSUER": "https://id.acme.example"}, "OIDC_CLIENT_ID"),
        ({"EMAIL_URL": "carrier-pigeon://roof"}, "EMAIL_URL"),
        ({"EMAIL_URL": "consolemail://"}, "EMAIL_URL"),
        ({"PLATFORM_PRINCIPAL_ARN": ""}, "PLATFORM_PRINCIPAL_ARN"),
        ({"CLUSTER_NETWORKS_REFUSED": "10.0.0.0/8,home"}, "CLUSTER_NETWORKS_REFUSED"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_it_refuses_to_start_with_one_sentence_that_names_the_variable(changed, named) -> None:
    answer = run("manage.py", "check", **changed)
    assert answer.returncode != 0
    sentence = answer.stderr.strip()
    assert named in sentence
    assert sentence.count("\n") == 0
    assert not any(value and value in sentence for name, value in changed.items() if "KEY" in name)


def test_cookies_and_pages_are_for_https_alone() -> None:
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_HTTPONLY")
    assert shown("DEBUG", "SECURE_HSTS_SECONDS") == {"DEBUG": False, "SECURE_HSTS_SECONDS": 31_536_000}
    assert set(shown(*names).values()) == {True}


def test_breached_passwords_are_asked_for_unless_nothing_may_leave() -> None:
    asks = "apps.accounts.passwords.BreachedPasswordValidator"
    kinds = [each["NAME"] for each in shown("AUTH_PASSWORD_VALIDATORS")["AUTH_PASSWORD_VALIDATORS"]]
    assert asks in kinds
    closed = shown("AUTH_PASSWORD_VALIDATORS", BREACHED_PASSWORDS_URL="")["AUTH_PASSWORD_VALIDATORS"]
    assert asks not in [each["NAME"] for each in closed]


def test_letters_go_where_email_url_says() -> None:
    names = ("EMAIL_BACKEND", "EMAIL_HOST", "EMAIL_PORT", "EMAIL_USE_TLS", "EMAIL_HOST_USER", "EMAIL_TIMEOUT")
    mail = shown(*names, EMAIL_URL="smtp+tls://me:p%40ss@mail.acme.example:587")
    assert list(mail.values()) == [
        "django.core.mail.backends.smtp.EmailBackend", "mail.acme.example", 587, True, "me", 10,
    ]  # fmt: skip


def test_clusters_are_not_looked_for_on_this_machine_or_where_clouds_keep_credentials() -> None:
    refused = shown("CLUSTER_NETWORKS_REFUSED")["CLUSTER_NETWORKS_REFUSED"]
    assert {"127.0.0.0/8", "::1/128", "169.254.0.0/16", "fe80::/10"} <= set(refused)


def test_single_sign_on_is_there_once_it_is_configured() -> None:
    assert shown("SOCIALACCOUNT_PROVIDERS") == {"SOCIALACCOUNT_PROVIDERS": {}}
    configured = shown(
        "SOCIALACCOUNT_PROVIDERS",
        OIDC_ISSUER="https://id.acme.example",
        OIDC_CLIENT_ID="atharva",
        OIDC_CLIENT_SECRET="between-us",
        OIDC_NAME="Acme",
    )
    (app,) = configured["SOCIALACCOUNT_PROVIDERS"]["openid_connect"]["APPS"]
    assert (app["name"], app["client_id"]) == ("Acme", "atharva")
    assert app["settings"] == {"server_url": "https://id.acme.example", "oauth_pkce_enabled": True}
