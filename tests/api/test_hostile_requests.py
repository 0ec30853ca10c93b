"""What no client of ours sends: each is refused for what it is, with the envelope, and never fails."""

import json
from typing import Any

import pytest
from django.test import Client

from apps.accounts.services.sessions import open_family
from tests.factories import AdminFactory

pytestmark = pytest.mark.django_db

LOGIN, PEOPLE, AUDIT = "/api/auth/login", "/api/v1/admin/users", "/api/audit"
JSON = "application/json"


@pytest.fixture
def headers() -> dict[str, str]:
    return {"Authorization": f"Bearer {open_family(AdminFactory()).access}"}


def answered(answer: Any) -> tuple[int, str]:
    body = answer.json()
    assert set(body["error"]) == {"code", "message", "details"}
    return answer.status_code, body["error"]["code"]


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=1.5",
        "page=last",
        "page=" + "9" * 30,
        "page=" + "9" * 5000,
        "page_size=0",
        "page_size=501",
        "page_size=x",
        "since=2026-02-30",
        "since=",
        "client=1",
        "who=%00",
        "target=" + "x" * 201,
    ],
)
def test_a_value_that_a_filter_does_not_know_is_named(headers, query) -> None:
    answer = Client().get(f"{AUDIT}?{query}", headers=headers)
    assert answered(answer) == (400, "validation_failed")
    assert list(answer.json()["error"]["details"]) == [query.partition("=")[0]]


def test_a_column_that_a_list_is_not_sorted_by_is_named(headers) -> None:
    assert answered(Client().get(f"{PEOPLE}?ordering=password", headers=headers)) == (
        400,
        "validation_failed",
    )


@pytest.mark.parametrize(
    "query", ["who=%ff%fe", "who=%ed%a0%80", "until=9999-12-31", "since=0001-01-01", "%00=%00"]
)
def test_odd_but_readable_queries_are_answered(headers, query) -> None:
    assert Client().get(f"{AUDIT}?{query}", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"username": "\xff\xfe"}',
        b'{"username": "\\ud800", "password": "x"}',
        b'{"\\udfff": 1}',
        b'{"username": NaN}',
        b"[" * 100_000,
        b'{"username": ' + b"1" * 5000 + b"}",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_no_json_is_unreadable(body) -> None:
    status, code = answered(Client().post(LOGIN, body, content_type=JSON))
    assert (status, code) in [(400, "body_unreadable"), (400, "validation_failed")]


@pytest.mark.parametrize("body", [[], "text", 1, None, True, [{"username": "a"}]])
def test_a_body_that_is_no_object_is_refused(body) -> None:
    assert answered(Client().post(LOGIN, json.dumps(body), content_type=JSON)) == (400, "validation_failed")


@pytest.mark.parametrize("value", [1, 1.5, True, None, [], {}, "a\x00b", "x" * 151])
def test_a_text_is_a_text(value) -> None:
    answer = Client().post(LOGIN, {"username": value, "password": "p"}, content_type=JSON)
    assert answered(answer) == (400, "validation_failed")
    assert list(answer.json()["error"]["details"]) == ["username"]


@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", "x"],
)
def test_json_alone_is_taken(media_type) -> None:
    assert answered(Client().post(LOGIN, b"{}", content_type=media_type)) == (415, "unsupported_media_type")


def test_a_body_of_many_megabytes_is_too_large(settings) -> None:
    body = json.dumps({"username": "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE, "password": "p"})
    assert answered(Client().post(LOGIN, body, content_type=JSON)) == (413, "too_large")


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer a b c", "Bearer \xff", "Bearer " + "x" * 9000, "Basic YTpi", "", "\x00"]
)
def test_a_header_that_authorizes_nobody_is_401(header) -> None:
    answer = Client().get("/api/auth/me", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answered(answer)[1] in ("not_signed_in", "credentials_expired")
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("method", ["PATCH", "TRACE", "PROPFIND", "QUERY"])
def test_a_method_that_is_not_there_names_those_that_are(headers, method) -> None:
    answer = Client().generic(method, PEOPLE, headers=headers)
    assert answered(answer) == (405, "method_not_allowed")
    assert {"GET", "POST"} <= set(answer["Allow"].split(", "))


def test_options_are_answered(headers) -> None:
    answer = Client().options(PEOPLE, headers=headers)
    assert answer.status_code == 200
    assert {"GET", "POST"} <= set(answer["Allow"].split(", "))
