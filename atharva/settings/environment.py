"""The environment the process was started with, read and checked in one place.

Every setting that differs between installations is declared here with its meaning, so that a missing or
malformed variable is one sentence at start instead of a traceback at three in the morning.
"""

import base64
import binascii
import sys
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any, NoReturn

import environ


@dataclass(frozen=True, slots=True)
class Variable:
    name: str
    meaning: str


REQUIRED = (
    Variable("SECRET_KEY", "a random string that signs sessions and tokens"),
    Variable("FIELD_ENCRYPTION_KEY", "url-safe base64 of 32 random bytes; encrypts stored credentials"),
    Variable("DATABASE_URL", "where PostgreSQL is, postgres://user:password@host:port/name"),
    Variable("REDIS_URL", "where Redis or Valkey is, redis://host:port/0"),
)

# Where clouds answer their machines with credentials, and what no network routes.
LINK_LOCAL = ["169.254.0.0/16", "fe80::/10", "fd00:ec2::/32", "0.0.0.0/8"]
LOOPBACK = ["127.0.0.0/8", "::1/128"]

ROOT = Path(__file__).resolve().parent.parent.parent
env = environ.Env()


class EnvironmentIncomplete(SystemExit):
    """Raised at start: a variable is missing or malformed, and its text names it and the way out."""


def refuse(sentence: str) -> NoReturn:
    raise EnvironmentIncomplete(f"atharva: {sentence}")


def check_required() -> None:
    """End the process with one sentence naming every required variable that is not set."""
    missing = [f"{v.name} ({v.meaning})" for v in REQUIRED if not env.str(v.name, default="")]
    if missing:
        refuse(
            f"cannot start, the environment lacks {', '.join(missing)}. `make run` sets all of them for you."
        )


def encryption_keys() -> list[str]:
    """The keys of stored credentials, newest first; older ones only decrypt.

    Ends the process where one of them is not url-safe base64 of 32 bytes.
    """
    keys: list[str] = [key.strip() for key in env.str("FIELD_ENCRYPTION_KEY").split(",") if key.strip()]
    for key in keys:
        try:
            length = len(base64.urlsafe_b64decode(key))
        except (binascii.Error, ValueError):
            length = 0
        if length != 32:
            refuse(
                "FIELD_ENCRYPTION_KEY must be url-safe base64 of 32 bytes, "
                "such as `openssl rand -base64 32 | tr +/ -_` prints."
            )
    return keys


def is_guessable(secret: str) -> bool:
    """Whether a secret looks like one that was typed, left as it came, or taken from an example."""
    examples = ("insecure", "change", "secret", "default", "example", "password")
    return len(set(secret)) < 12 or any(word in secret.lower() for word in examples)


def networks(name: str, *, default: list[str]) -> list[str]:
    """The networks (CIDR) of a variable, separated by commas. Ends the process where one is malformed."""
    found: list[str] = env.list(name, default=default)
    for network in found:
        try:
            ip_network(network)
        except ValueError:
            refuse(f"{name} must name networks such as 10.0.0.0/8, separated by commas; {network} is none.")
    return found


def database() -> dict[str, Any]:
    """Django's settings of the database named by DATABASE_URL, with a connection pool per process."""
    config: dict[str, Any] = env.db("DATABASE_URL")
    if config["ENGINE"] != "django.db.backends.postgresql":
        refuse(
            "DATABASE_URL must name a PostgreSQL server: the platform relies on its locks and constraints."
        )
    config["CONN_HEALTH_CHECKS"] = True
    config["OPTIONS"] = {
        "pool": {"min_size": 0, "max_size": env.int("DATABASE_POOL", default=12), "timeout": 15},
        "application_name": Path(sys.argv[0]).name[:40],
    }
    return config


def openid_connect() -> dict[str, Any]:
    """allauth's settings of the issuer that people may sign in with; empty where OIDC_ISSUER names none."""
    issuer = env.str("OIDC_ISSUER", default="")
    if not issuer:
        return {}
    needed = {name: env.str(name, default="") for name in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")}
    if missing := [name for name, value in needed.items() if not value]:
        refuse(f"OIDC_ISSUER is set, so the environment must have {' and '.join(missing)} as well.")
    app = {
        "provider_id": "oidc",
        "name": env.str("OIDC_NAME", default="Single sign-on"),
        "client_id": needed["OIDC_CLIENT_ID"],
        "secret": needed["OIDC_CLIENT_SECRET"],
        "settings": {"server_url": issuer, "oauth_pkce_enabled": True},
    }
    return {"openid_connect": {"APPS": [app]}}


def mail_server() -> dict[str, Any]:
    """Django's settings of EMAIL_URL, such as smtp+tls://user:password@host:587; by default they print.

    Ends the process where it is no such address.
    """
    try:
        config: dict[str, Any] = env.email_url("EMAIL_URL", default="consolemail://")
    except environ.ImproperlyConfigured as error:
        refuse(f"EMAIL_URL cannot be used: {error}.")
    names = ("BACKEND", "HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS", "USE_SSL", "FILE_PATH")
    return {name: config[name] for name in (f"EMAIL_{name}" for name in names) if config.get(name)}
