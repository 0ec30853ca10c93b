"""Rows 1.1 to 1.4 as a person in a browser meets them."""

import pytest
from django.test import Client as Browser

from apps.accounts.models import AuditEvent, Client, Role, User
from tests.factories import PASSWORD, ClientUserFactory

pytestmark = pytest.mark.django_db
DETAILS = {"company": "Acme Corp", "name": "Ada", "email": "ada@acme.example"}


def sign_up(browser: Browser | None = None, **fields: str):
    return (browser or Browser()).post("/sign-up", DETAILS | fields)


def shown_password(answer) -> str:
    return answer.context["made"].password


@pytest.mark.requirement("1.1", "1.2")
def test_the_sign_in_page_leads_to_the_form() -> None:
    assert 'href="/sign-up"' in Browser().get("/sign-in").content.decode()
    form = Browser().get("/sign-up").context["form"]
    assert list(form.fields) == ["company", "name", "email", "password"]
    assert not form.fields["password"].required


@pytest.mark.requirement("1.3", "1.4")
def test_a_company_gets_its_tenant_its_first_person_and_credentials_that_work() -> None:
    answer = sign_up()
    assert answer.status_code == 201
    user = User.objects.get()
    assert (user.role, user.client, user.name) == (Role.CLIENT, Client.objects.get(name="Acme Corp"), "Ada")
    page = answer.content.decode()
    assert user.username in page
    assert shown_password(answer) in page
    credentials = {"username": user.username, "password": shown_password(answer)}
    assert Browser().post("/sign-in", credentials)["Location"] == f"/clients/{user.client_id}/topology"


def test_the_credentials_are_in_no_cache_and_in_no_trail() -> None:
    answer = sign_up()
    assert "no-store" in answer["Cache-Control"]
    assert shown_password(answer) not in str(list(AuditEvent.objects.values()))


def test_whoever_has_stored_them_goes_on_with_the_username_filled_in() -> None:
    page = sign_up(email="ada+1@acme.example").content.decode()
    link = "/sign-in?username=ada%2B1%40acme.example"
    assert f'href="{link}"' in page
    assert 'value="ada+1@acme.example"' in Browser().get(link).content.decode()


def test_an_own_password_is_taken_and_not_repeated() -> None:
    answer = sign_up(password=PASSWORD)
    assert answer.status_code == 201
    assert PASSWORD not in answer.content.decode()
    assert User.objects.get().check_password(PASSWORD)


def test_sent_again_it_makes_nothing_and_says_what_there_is() -> None:
    browser = Browser()
    sign_up(browser)
    again = sign_up(browser)
    assert again.status_code == 422
    assert "has an account already" in again.context["form"].errors["email"][0]
    assert (Client.objects.count(), User.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"company": ""}, "company"),
        ({"name": " "}, "name"),
        ({"email": "ada"}, "email"),
        ({"email": f"{'a' * 60}@{'b' * 60}.{'c' * 30}.example"}, "email"),
        ({"password": "password"}, "password"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_nothing_is_made(fields, named) -> None:
    answer = sign_up(**fields)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [named]
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not Client.objects.exists()


def test_a_refused_password_is_not_written_back() -> None:
    assert "hunter2" not in sign_up(password="hunter2").content.decode()


def test_a_company_that_is_here_is_told_beside_its_field() -> None:
    sign_up()
    answer = sign_up(company="ACME Corp", email="bob@acme.example")
    assert list(answer.context["form"].errors) == ["company"]


def test_where_nobody_may_sign_up_the_page_says_so_and_whom_to_ask(settings) -> None:
    settings.SIGN_UP_OPEN = False
    for answer in (Browser().get("/sign-up"), sign_up()):
        assert answer.status_code == 403
        assert "administrators" in answer.content.decode()
        assert "<form" not in answer.content.decode()
    assert not User.objects.exists()


def test_one_address_signs_up_a_bounded_number_of_companies(settings) -> None:
    browser = Browser(REMOTE_ADDR="192.0.2.7")
    answers = [
        sign_up(browser, company=f"C{n}", email=f"p{n}@acme.example", password=PASSWORD) for n in range(21)
    ]
    assert {answer.status_code for answer in answers[:-1]} == {201}
    assert answers[-1].status_code == 422
    assert "Too many" in answers[-1].context["form"].non_field_errors()[0]


def test_who_is_signed_in_goes_on_to_their_dashboard() -> None:
    user, browser = ClientUserFactory(), Browser()
    browser.force_login(user)
    for answer in (browser.get("/sign-up"), sign_up(browser)):
        assert answer["Location"] == f"/clients/{user.client_id}/topology"
    assert Client.objects.count() == 1


def test_the_form_wants_a_csrf_token() -> None:
    assert sign_up(Browser(enforce_csrf_checks=True)).status_code == 403
