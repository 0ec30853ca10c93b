"""The pages of a forgotten password, as somebody with a mailbox and a browser meets them."""

import re

import pytest
from django.test import Client as Browser

from apps.accounts.models import UserStatus
from celery_app import app
from tests.factories import ClientUserFactory

pytestmark = pytest.mark.django_db
NEW = "a-quite-different-horse-77"


@pytest.fixture
def user():
    return ClientUserFactory()


@pytest.fixture
def link(user, at_once, mailoutbox) -> str:
    """The path that the letter leads to."""
    Browser().post("/forgot-password", {"name": user.username})
    return re.search(r"https?://[^/]+(/reset-password/\S+)", mailoutbox[0].body)[1]


def test_the_answer_is_the_same_whether_or_not_there_is_such_a_person(at_once, mailoutbox) -> None:
    names = [
        ClientUserFactory().username,
        ClientUserFactory(status=UserStatus.BLOCKED).username,
        "nobody@example.com",
    ]
    answers = [Browser().post("/forgot-password", {"name": name}, follow=True) for name in names]
    assert len({(tuple(answer.redirect_chain), answer.content) for answer in answers}) == 1
    assert "If somebody here has that username or address" in answers[0].content.decode()
    assert len(mailoutbox) == 1


def test_the_request_itself_asks_nothing_about_the_person(
    user, mailoutbox, django_assert_num_queries
) -> None:
    with django_assert_num_queries(0), app.connection_for_write() as broker:
        Browser().post("/forgot-password", {"name": user.username})
        waiting = broker.SimpleQueue("default")
        message = waiting.get(timeout=5)
        message.ack()
        waiting.close()
    assert message.payload[0] == [user.username]
    assert not mailoutbox


def test_asking_is_limited_per_address() -> None:
    browser = Browser(REMOTE_ADDR="192.0.2.8")
    answers = [browser.post("/forgot-password", {"name": "nobody"}) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [302] * 20 + [422]


def test_an_empty_name_is_told_beside_the_field() -> None:
    assert list(Browser().post("/forgot-password", {"name": ""}).context["form"].errors) == ["name"]


def test_a_new_password_is_chosen_and_signs_in(user, link) -> None:
    browser = Browser()
    form = browser.get(link, follow=True)
    answer = browser.post(form.wsgi_request.path, {"password": NEW})
    assert answer["Location"].startswith("/sign-in?username=")
    assert "password is changed" in browser.get(answer["Location"]).content.decode()
    assert browser.post("/sign-in", {"username": user.username, "password": NEW}).status_code == 302


def test_the_token_leaves_the_address_at_the_first_visit(link) -> None:
    browser, token = Browser(), link.rsplit("/", 1)[1]
    answer = browser.get(link)
    assert answer.status_code == 302
    assert token not in answer["Location"]
    form = browser.get(answer["Location"])
    assert token not in form.content.decode()
    assert "no-store" in form["Cache-Control"]
    assert form["Referrer-Policy"] == "same-origin"


def test_the_address_without_its_token_opens_nothing_in_another_browser(link) -> None:
    kept = Browser().get(link)["Location"]
    for answer in (Browser().get(kept), Browser().post(kept, {"password": NEW})):
        assert answer.status_code == 410


def test_a_weak_password_is_told_beside_the_field_and_not_repeated(link) -> None:
    browser = Browser()
    kept = browser.get(link)["Location"]
    answer = browser.post(kept, {"password": "hunter2"})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["password"]
    assert "hunter2" not in answer.content.decode()
    assert browser.post(kept, {"password": NEW}).status_code == 302


@pytest.mark.parametrize(
    "wrong", ["/reset-password/MQ/abc-def", "/reset-password/%00/x", "/reset-password/MQ/open"]
)
def test_a_void_link_says_so_and_leads_on(wrong) -> None:
    answer = Browser().get(wrong)
    assert answer.status_code == 410
    assert 'href="/forgot-password"' in answer.content.decode()


def test_a_used_link_is_void(user, link) -> None:
    browser = Browser()
    kept = browser.get(link)["Location"]
    browser.post(kept, {"password": NEW})
    assert browser.get(kept).status_code == browser.get(link).status_code == 410
