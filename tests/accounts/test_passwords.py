"""What a password must be; a breached one is refused by a service that learns five digits of a hash."""

import hashlib
import math
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import override_settings

from apps.accounts.errors import PasswordRefused
from apps.accounts.models import User
from apps.accounts.passwords import GROUP_LENGTH, GROUPS, LETTERS, check_password_strength, generate_password
from atharva.settings import identity

BREACHED = "Tr0ub4dor&3-in-a-breach"
ANN = User(username="ann@acme.example", email="ann@acme.example", name="Ann Example")


def test_a_generated_password_has_eighty_bits_and_more_and_can_be_read_out() -> None:
    assert GROUPS * GROUP_LENGTH * math.log2(len(LETTERS)) >= 80
    made = [generate_password() for _ in range(2000)]
    assert len(set(made)) == len(made)
    assert all(not set("0O1lIi") & set(password) for password in made)
    counts = Counter("".join(made).replace("-", ""))
    assert set(counts) == set(LETTERS)
    assert max(counts.values()) < 1.3 * min(counts.values())


def test_a_generated_password_is_taken() -> None:
    for _ in range(200):
        check_password_strength(generate_password(), ANN)


@pytest.mark.parametrize("weak", ["eleven-char", "qwertyuiop123", "314159265358979", "Ann Example 1"])
def test_a_short_common_numeric_or_personal_password_is_refused_with_the_reason(weak) -> None:
    with pytest.raises(PasswordRefused) as refused:
        check_password_strength(weak, ANN)
    assert refused.value.status == 422
    assert "assword" in str(refused.value)


def test_passwords_are_kept_with_argon2() -> None:
    with override_settings(PASSWORD_HASHERS=identity.PASSWORD_HASHERS):
        assert make_password("anything").startswith("argon2$argon2id$")


class Breaches(BaseHTTPRequestHandler):
    """Answers as api.pwnedpasswords.com does: the rest of all hashes that begin like the one asked for."""

    asked: list[str] = []
    status = 200

    def do_GET(self) -> None:
        self.asked.append(self.path)
        digits = hashlib.sha1(BREACHED.encode()).hexdigest().upper()
        body = f"{'0' * 35}:3\r\n{digits[5:]}:1,204\r\n" if self.path.endswith(digits[:5]) else ""
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args: object) -> None:
        """Nothing to stderr."""


@pytest.fixture
def breaches() -> Iterator[type[Breaches]]:
    """The service over real HTTP, and the validators of production that ask it."""
    Breaches.asked, Breaches.status = [], 200
    server = ThreadingHTTPServer(("127.0.0.1", 0), Breaches)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    asks = {
        "NAME": "apps.accounts.passwords.BreachedPasswordValidator",
        "OPTIONS": {"endpoint": f"http://127.0.0.1:{server.server_port}/range/"},
    }
    with override_settings(AUTH_PASSWORD_VALIDATORS=[*identity.AUTH_PASSWORD_VALIDATORS, asks]):
        yield Breaches
    server.shutdown()
    server.server_close()


def test_a_breached_password_is_refused_and_never_leaves_the_machine(breaches) -> None:
    with pytest.raises(ValidationError, match="breach of another site"):
        validate_password(BREACHED, ANN)
    digits = hashlib.sha1(BREACHED.encode()).hexdigest().upper()
    assert breaches.asked == [f"/range/{digits[:5]}"]


def test_another_password_is_taken(breaches) -> None:
    validate_password(generate_password(), ANN)
    assert len(breaches.asked) == 1


def test_people_can_go_on_while_the_service_fails(breaches) -> None:
    breaches.status = 503
    validate_password(BREACHED, ANN)
    assert len(breaches.asked) == 1
