"""Every error has the envelope, the status of api.md, and no inner detail."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from tests.factories import ClientUserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.api.urls")]


def envelope(answer) -> tuple[int, str]:
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "details"}
    assert "secret" not in str(body)
    assert "internal detail" not in str(body)
    return answer.status_code, body["error"]["code"]


@pytest.mark.parametrize(
    ("how", "expected"),
    {
        "conflict": (409, "illegal_transition"),
        "refused": (422, "group_at_minimum"),
        "large": (413, "too_large"),
        "busy": (429, "too_many_requests"),
        "down": (503, "database_unavailable"),
        "defect": (500, "server_failed"),
    }.items(),
)
def test_a_failure_keeps_its_status_and_code(how, expected) -> None:
    answer = APIClient(raise_request_exception=False).get(f"/api/fails/{how}")
    assert envelope(answer) == expected
    assert answer.has_header("Retry-After") == (expected[0] in (429, 503))


def test_a_refusal_says_what_and_what_to_do() -> None:
    error = APIClient().get("/api/fails/refused").json()["error"]
    assert error["message"].startswith("Auto Scaling group workers is at its minimum of 3. Lower its minimum")
    assert error["details"] == {"group": "workers", "minimum": 3}


def test_waiting_time_is_told() -> None:
    assert APIClient().get("/api/fails/busy")["Retry-After"] == "8"


@pytest.mark.parametrize(
    ("body", "media_type", "expected"),
    [
        ("{", "application/json", (400, "body_unreadable")),
        ("a=b", "application/x-www-form-urlencoded", (415, "unsupported_media_type")),
    ],
)
def test_an_unreadable_body_is_named(body, media_type, expected) -> None:
    assert envelope(APIClient().post("/api/fails/x", body, content_type=media_type)) == expected


def test_an_address_that_does_not_exist_answers_as_the_api_does() -> None:
    assert envelope(APIClient().get("/api/no/such/thing")) == (404, "no_such_path")
    assert APIClient().get("/no-such-page")["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(("how", "status", "says"), [("down", 503, "cannot reach"), ("defect", 500, "500")])
def test_a_page_that_fails_says_what_it_can_and_nothing_of_the_inside(how, status, says) -> None:
    answer = Client(raise_request_exception=False).get(f"/fails/{how}")
    assert answer.status_code == status
    assert says in answer.content.decode()
    assert "secret" not in answer.content.decode()
    assert ("Retry-After" in answer) == (status == 503)


def test_a_method_that_is_not_there_is_405_with_the_ones_that_are() -> None:
    answer = APIClient().delete("/api/auth/login")
    assert envelope(answer) == (405, "method_not_allowed")
    assert "POST" in answer["Allow"]


def test_without_credentials_it_is_401_and_says_which_are_taken() -> None:
    answer = APIClient().get("/api/notifications")
    assert envelope(answer) == (401, "not_signed_in")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_bad_token_is_401() -> None:
    answer = APIClient(HTTP_AUTHORIZATION="Bearer x").get("/api/notifications")
    assert envelope(answer) == (401, "credentials_expired")


def test_a_page_beyond_the_last_is_404(as_user) -> None:
    answer = as_user(ClientUserFactory()).get("/api/notifications?page=99")
    assert envelope(answer) == (404, "no_such_path")


def test_the_catalogue_in_the_docs_is_current(tmp_path: Path) -> None:
    fresh = tmp_path / "errors.md"
    call_command("error_catalogue", to=fresh)
    kept = settings.BASE_DIR / "docs" / "errors.md"
    assert kept.read_text() == fresh.read_text(), "run `python manage.py error_catalogue`"
