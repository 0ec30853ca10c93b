"""Client Management as a page: in one's address, in dialogs, and without scripts."""

import re

import pytest
from django.test import Client as Browser
from django.utils import timezone

from apps.accounts.models import AuditEvent, User
from tests.factories import (
    AdminFactory,
    ApiTokenFactory,
    AuditEventFactory,
    ClientFactory,
    ClientUserFactory,
    ClusterFactory,
    LabFactory,
    TokenFamilyFactory,
)

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def admin() -> User:
    return AdminFactory()


@pytest.fixture
def browser(admin) -> Browser:
    browser = Browser()
    browser.force_login(admin)
    return browser


def text(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.mark.requirement("6.1")
def test_everybody_is_listed_with_role_status_and_last_login(browser) -> None:
    ClientUserFactory(name="Ada", client=ClientFactory(name="Acme"), status="blocked")
    shown = text(browser.get("/people?search=ada"))
    assert re.search(r"Ada \S+@example.com Client Acme Blocked never", shown)


def test_the_list_has_the_same_queries_however_long_it_is(browser, django_assert_max_num_queries) -> None:
    ClientUserFactory.create_batch(30)
    browser.get("/people")
    with django_assert_max_num_queries(5):
        browser.get("/people", headers=HTMX)


def test_search_filters_order_and_page_are_in_the_address(browser) -> None:
    ClientUserFactory.create_batch(60)
    answer = browser.get("/people?role=client&ordering=-username&page=2")
    assert "51–60 of 60 people" in text(answer)
    page = answer.content.decode()
    assert 'href="?role=client&amp;ordering=-username&amp;page=1"' in page
    assert 'href="?role=client&amp;ordering=username"' in page
    assert '<option value="client" selected>' in page


@pytest.mark.parametrize("query", ["ordering=password", "page=x", "page=999", "role=boss", "search=%00"])
def test_an_address_that_says_nonsense_is_passed_over(browser, query) -> None:
    assert browser.get(f"/people?{query}").status_code == 200


def test_nobody_found_says_so_and_leads_back(browser) -> None:
    assert "Nobody fits" in text(browser.get("/people?search=nowhere"))


@pytest.mark.requirement("6.2")
def test_the_form_is_a_dialog_over_the_list_and_a_page_without_scripts(browser) -> None:
    ClientFactory(name="Acme")
    dialog, page = browser.get("/people/new", headers=HTMX), browser.get("/people/new")
    assert "<html" not in dialog.content.decode()
    assert "<html" in page.content.decode()
    for answer in (dialog, page):
        for label in ("Name", "E-mail", "Role", "Acme"):
            assert label in text(answer)


@pytest.mark.requirement("6.3")
@pytest.mark.requirement("6.4")
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_credentials_are_shown_once_and_open_the_door(browser, headers) -> None:
    form = {"name": "Ada", "email": "client@example.com", "role": "client", "company": "Acme"}
    answer = browser.post("/people/new", form, headers=headers)
    assert "Client created successfully" in text(answer)
    assert "client@example.com" in text(answer)
    password = re.search(r'id="credentials-password">([^<]+)<', answer.content.decode())[1]
    assert User.objects.get(username="client@example.com").check_password(password)
    assert password not in browser.get("/people").content.decode()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "Enter their name."),
        ({"email": "nobody"}, "Enter a whole address."),
        ({"email": "taken@example.com"}, "has an account already"),
        ({"company": "Taken"}, "is a client already"),
        ({"company": ""}, "Choose a tenant, or name a new one."),
    ],
)
def test_what_is_wrong_stands_beside_its_field(browser, wrong, says) -> None:
    ClientUserFactory(username="taken@example.com", client=ClientFactory(name="Taken"))
    form = {"name": "Ada", "email": "ada@example.com", "role": "client", "company": "Acme"}
    answer = browser.post("/people/new", form | wrong)
    assert answer.status_code == 422
    error = re.search(rf'id="id_{next(iter(wrong))}-error">(.*?)</p>', answer.content.decode(), re.DOTALL)
    assert says in error[1]


@pytest.mark.requirement("6.5")
def test_the_sheet_shows_role_tenant_and_status(browser) -> None:
    person = ClientUserFactory(status="blocked")
    page = browser.get(f"/people/{person.pk}", headers=HTMX).content.decode()
    assert '<option value="client" selected>' in page
    assert f'<option value="{person.client_id}" selected>' in page
    assert re.search(r'role="switch"[^>]*checked', page)


@pytest.mark.requirement("6.8")
def test_a_change_is_asked_about_first_saying_what_ends_with_it(browser) -> None:
    person = ClientUserFactory(client=ClientFactory(name="Acme"))
    TokenFamilyFactory.create_batch(2, user=person)
    ApiTokenFactory(user=person)
    ClusterFactory(account__client=person.client)
    form = {"name": person.name, "role": "lab", "blocked": "on"}
    asked = text(browser.post(f"/people/{person.pk}", form, headers=HTMX))
    assert "Update client access?" in asked
    assert "Client → Lab" in asked
    assert "Active → Blocked" in asked
    assert "every session in a browser, 2 sign-ins over the API, 1 API token" in asked
    assert "it stays, for 1 cluster is connected" in asked
    person.refresh_from_db()
    assert person.role == "client"


@pytest.mark.requirement("6.6")
@pytest.mark.requirement("6.7")
@pytest.mark.requirement("6.8")
def test_a_confirmed_change_is_made_and_the_list_says_so(browser) -> None:
    person = ClientUserFactory(name="Ada")
    form = {"name": "Ada", "role": "lab", "blocked": "on", "confirmed": "yes"}
    here = {"HX-Current-URL": "http://testserver/people?search=ada"}
    answer = browser.post(f"/people/{person.pk}", form, headers=HTMX | here)
    assert answer.headers["HX-Redirect"] == "/people?search=ada"
    assert "Client updated: Ada." in text(browser.get("/people?search=ada"))
    person.refresh_from_db()
    assert (person.role, person.status) == ("lab", "blocked")
    assert browser.post(f"/people/{person.pk}", form | {"role": "admin"}).headers["Location"] == "/people"


def test_oneself_is_refused_in_the_form(browser, admin) -> None:
    AdminFactory()
    form = {"name": "Me", "role": "lab", "confirmed": "yes"}
    answer = browser.post(f"/people/{admin.pk}", form)
    assert answer.status_code == 422
    assert "Ask another administrator." in text(answer)


@pytest.mark.requirement("6.9")
@pytest.mark.requirement("6.10")
def test_a_deletion_names_what_goes_and_what_stays_then_the_person_is_gone(browser) -> None:
    person = ClientUserFactory(name="Ada", client=ClientFactory(name="Acme"))
    asked = text(browser.get(f"/people/{person.pk}/delete", headers=HTMX))
    assert "Permanently delete this client?" in asked
    assert f"{person.username}, for somebody new" in asked
    assert "archived, not erased" in asked
    assert "Acme has nobody and nothing left then: it is archived too" in asked
    assert "Client deleted: Ada." in text(browser.post(f"/people/{person.pk}/delete", follow=True))
    assert "Nobody fits" in text(browser.get("/people?search=ada"))
    assert AuditEvent.objects.filter(what="user_deleted").exists()


def test_somebody_deleted_is_not_found(browser) -> None:
    person = ClientUserFactory(deleted_at=timezone.now())
    assert browser.get(f"/people/{person.pk}").status_code == 404
    assert browser.post(f"/people/{person.pk}/delete").status_code == 404


@pytest.mark.parametrize("path", ["/people", "/people/new", "/audit"])
def test_the_pages_are_for_admins(client, path) -> None:
    assert client.get(path).headers["Location"] == f"/sign-in?next={path}"
    for made in (ClientUserFactory, LabFactory):
        client.force_login(made())
        assert client.get(path).status_code == 403


def test_a_tenant_reads_its_own_trail_and_no_other(client) -> None:
    person, other = ClientUserFactory(), ClientFactory()
    AuditEventFactory(
        client=person.client, target="cluster mine", before={"mode": "observe"}, after={"mode": "x"}
    )
    AuditEventFactory(client=other, target="cluster theirs")
    client.force_login(person)
    shown = text(client.get(f"/clients/{person.client_id}/audit"))
    assert "cluster mine" in shown
    assert "cluster theirs" not in shown
    assert client.get(f"/clients/{other.pk}/audit").status_code == 404


def test_the_trail_of_one_tenant_is_that_tenants_for_an_admin_too(browser) -> None:
    mine = AuditEventFactory(client=ClientFactory(), target="cluster mine")
    AuditEventFactory(client=ClientFactory(), target="cluster theirs")
    page = browser.get(f"/clients/{mine.client_id}/audit?target=cluster").content.decode()
    assert "cluster mine" in page
    assert "cluster theirs" not in page
    assert f"/api/audit.csv?target=cluster&amp;client={mine.client_id}" in page


def test_the_trail_has_the_same_queries_however_long_it_is(browser, django_assert_max_num_queries) -> None:
    AuditEventFactory.create_batch(60, client=ClientFactory())
    browser.get("/audit")
    with django_assert_max_num_queries(5):
        assert "1–50 of 60 changes" in text(browser.get("/audit", headers=HTMX))
