"""The pages of one's own account, as a person in a browser meets them (rows 7.1 to 7.5)."""

import re
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from apps.accounts.models import ApiToken, AuditEvent, EndedBecause, User
from tests.accounts.enrolling import enrolled
from tests.factories import (
    PASSWORD,
    AdminFactory,
    ApiTokenFactory,
    ClientUserFactory,
    LabFactory,
    TokenFamilyFactory,
)

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "another-horse-battery-43"
PAGES = ["/account", "/account/security", "/account/tokens", "/account/security/second-factor"]


@pytest.fixture
def user() -> User:
    return AdminFactory(username="ada", email="ada@example.com")


@pytest.fixture
def browser(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def save(browser: Browser, **fields: str):
    return browser.post("/account", {"current_password": PASSWORD, **fields})


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("made", [AdminFactory, ClientUserFactory, LabFactory])
def test_every_role_has_an_account_and_a_stranger_signs_in_first(path, made) -> None:
    browser = Browser()
    assert browser.get(path)["Location"] == f"/sign-in?next={path}"
    browser.force_login(made())
    answer = browser.get(path)
    assert answer.status_code == 200
    assert 'aria-current="page"' in answer.content.decode()
    assert "style=" not in answer.content.decode()


@pytest.mark.parametrize(
    ("path", "most"), [("/account", 9), ("/account/security", 12), ("/account/tokens", 9)]
)
def test_a_page_asks_as_much_for_many_rows_as_for_few(
    browser, user, path, most, django_assert_max_num_queries
) -> None:
    TokenFamilyFactory.create_batch(8, user=user)
    ApiTokenFactory.create_batch(8, user=user)
    with django_assert_max_num_queries(most):
        browser.get(path)


class TestProfile:
    @pytest.mark.requirement("7.1")
    def test_the_form_has_the_four_fields(self, browser) -> None:
        page = browser.get("/account").content.decode()
        for label in ("Current Username", "New Username", "Current Password", "New Password"):
            assert label in page
        assert 'value="ada"' in page

    @pytest.mark.requirement("7.3")
    def test_passwords_are_masked_and_never_written_back(self, browser) -> None:
        answer = save(browser, current_password="not-the-password", new_password=NEW_PASSWORD)
        page = answer.content.decode()
        assert NEW_PASSWORD not in page
        assert "not-the-password" not in page
        for name in ("current_password", "new_password"):
            assert re.search(rf'name="{name}" type="password"', page)

    @pytest.mark.requirement("7.4", "7.5")
    def test_saving_signs_out_everywhere_and_leads_to_the_sign_in_page(self, browser, user) -> None:
        elsewhere, family = Browser(), TokenFamilyFactory(user=user)
        elsewhere.force_login(user)
        answer = save(browser, new_username="lovelace", new_password=NEW_PASSWORD)
        assert answer["Location"] == "/sign-in?username=lovelace"
        landed = browser.get(answer["Location"])
        assert [str(message) for message in landed.context["messages"]] == [
            "Profile updated. Please login with new credentials."
        ]
        assert elsewhere.get("/account").status_code == 302
        family.refresh_from_db()
        assert family.ended_because == EndedBecause.CHANGED
        credentials = {"username": "lovelace", "password": NEW_PASSWORD}
        assert Browser().post("/sign-in", credentials)["Location"] == "/operations"

    def test_what_is_left_empty_stays(self, browser, user) -> None:
        save(browser, new_email="ada@lovelace.example")
        user.refresh_from_db()
        assert (user.username, user.email) == ("ada", "ada@lovelace.example")
        assert user.check_password(PASSWORD)

    @pytest.mark.parametrize(
        ("fields", "where"),
        [
            ({"current_password": "wrong", "new_username": "lovelace"}, "current_password"),
            ({"current_password": "", "new_username": "lovelace"}, "current_password"),
            ({"new_username": "TAKEN"}, "new_username"),
            ({"new_username": "ada"}, "__all__"),  # as it is already
            ({"new_password": "password1234"}, "new_password"),
            ({"new_email": "nowhere"}, "new_email"),
            ({}, "__all__"),
        ],
        ids=[
            "wrong password",
            "no password",
            "a name taken",
            "the name of now",
            "a weak password",
            "no address",
            "no change",
        ],
    )
    def test_a_refusal_stands_beside_its_field_and_the_session_goes_on(
        self, browser, user, fields, where
    ) -> None:
        AdminFactory(username="taken")
        answer = save(browser, **fields)
        assert answer.status_code == 422
        assert set(answer.context["form"].errors) == {where}
        assert browser.get("/account").status_code == 200
        assert User.objects.get(pk=user.pk).username == "ada"

    def test_guessing_the_password_in_an_open_session_is_limited(self, browser, settings) -> None:
        settings.LIMITS = settings.LIMITS | {"profile": "3/h"}
        settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": settings.LIMITS}
        for _ in range(3):
            save(browser, current_password="wrong", new_username="lovelace")
        answer = save(browser, new_username="lovelace")
        assert answer.status_code == 422
        assert "Too many" in answer.context["form"].errors["__all__"][0]

    def test_an_admin_without_a_second_factor_is_told(self, browser, user) -> None:
        assert "a password alone opens your account" in browser.get("/account").content.decode()
        enrolled(user)
        assert "a password alone opens your account" not in browser.get("/account").content.decode()


class TestSignIns:
    def test_only_those_that_hold_are_listed_with_where_they_came_from(self, browser, user) -> None:
        now = timezone.now()
        TokenFamilyFactory(user=user, user_agent="cli/1.0", address="10.1.2.3")
        TokenFamilyFactory(user=user, user_agent="ended", ended_at=now)
        TokenFamilyFactory(user=user, user_agent="expired", expires_at=now - timedelta(seconds=1))
        TokenFamilyFactory(user_agent="another's")
        answer = browser.get("/account/security")
        assert [family.user_agent for family in answer.context["sign_ins"]] == ["cli/1.0"]
        assert "10.1.2.3" in answer.content.decode()

    def test_the_one_of_this_browser_says_so(self) -> None:
        browser, user = Browser(), AdminFactory()
        credentials = {"username": user.username, "password": PASSWORD}
        browser.post("/api/auth/login", credentials, content_type="application/json")
        TokenFamilyFactory(user=user)
        assert browser.get("/account/security").content.decode().count("this browser</small>") == 1

    def test_one_is_ended_and_the_trail_tells(self, browser, user) -> None:
        family, other = TokenFamilyFactory.create_batch(2, user=user)
        browser.post(f"/account/security/sign-ins/{family.pk}/end")
        family.refresh_from_db()
        other.refresh_from_db()
        assert family.ended_because == EndedBecause.SIGNED_OUT
        assert other.ended_at is None
        assert AuditEvent.objects.filter(what="sign_in_ended", who=user).count() == 1

    def test_another_persons_is_not_found(self, browser) -> None:
        family = TokenFamilyFactory()
        assert browser.post(f"/account/security/sign-ins/{family.pk}/end").status_code == 404
        family.refresh_from_db()
        assert family.ended_at is None

    def test_signing_out_everywhere_ends_this_browser_too(self, browser, user) -> None:
        elsewhere, family, token = Browser(), TokenFamilyFactory(user=user), ApiTokenFactory(user=user)
        elsewhere.force_login(user)
        assert browser.post("/account/security/sign-out-everywhere")["Location"] == "/sign-in"
        for one in (browser, elsewhere):
            assert one.get("/account").status_code == 302
        family.refresh_from_db()
        token.refresh_from_db()
        assert family.ended_at
        assert token.revoked_at


class TestTokens:
    def make(self, browser: Browser, **fields: object):
        entered = {"name": "nightly", "scopes": ["fleet:read"], "days": "30", **fields}
        return browser.post("/account/tokens", entered)

    def test_the_secret_is_shown_once_and_opens_the_api(self, browser, user) -> None:
        page = self.make(browser).content.decode()
        found = re.search(r'id="new-token">(atharva_pat_[\w-]+)<', page)
        assert found
        token = ApiToken.objects.get(user=user)
        assert timedelta(days=29) < token.expires_at - timezone.now() <= timedelta(days=30)
        assert found[1] not in browser.get("/account/tokens").content.decode()
        bearer = {"Authorization": f"Bearer {found[1]}"}
        clients = Browser().get("/api/admin/clients", headers=bearer)
        assert clients.status_code in (403, 404)  # the token may read fleets, and not the platform
        assert token.hint in browser.get("/account/tokens").content.decode()

    @pytest.mark.parametrize(
        ("made", "areas"),
        [
            (AdminFactory, {"fleet", "platform", "models"}),
            (ClientUserFactory, {"fleet"}),
            (LabFactory, {"models"}),
        ],
    )
    def test_a_role_is_offered_its_own_scopes(self, made, areas) -> None:
        browser = Browser()
        browser.force_login(made())
        choices = browser.get("/account/tokens").context["form"].fields["scopes"].choices
        assert {value.partition(":")[0] for value, _ in choices} == areas

    @pytest.mark.parametrize(
        ("fields", "where"),
        [({"name": ""}, "name"), ({"scopes": []}, "scopes"), ({"days": "3650"}, "days")],
        ids=str,
    )
    def test_what_is_missing_is_told_beside_its_field(self, browser, fields, where) -> None:
        answer = self.make(browser, **fields)
        assert answer.status_code == 422
        assert set(answer.context["form"].errors) == {where}
        assert not ApiToken.objects.exists()

    def test_a_scope_of_another_role_is_no_choice(self) -> None:
        browser = Browser()
        browser.force_login(ClientUserFactory())
        assert self.make(browser, scopes=["platform:write"]).status_code == 422
        assert not ApiToken.objects.exists()

    def test_one_is_revoked_and_leaves_the_list(self, browser, user) -> None:
        token = ApiTokenFactory(user=user, name="old script")
        answer = browser.post(f"/account/tokens/{token.pk}/revoke", follow=True)
        token.refresh_from_db()
        assert token.revoked_at
        assert answer.context["tokens"] == []
        assert "old script is revoked" in answer.content.decode()

    def test_another_persons_is_not_found(self, browser) -> None:
        token = ApiTokenFactory()
        assert browser.post(f"/account/tokens/{token.pk}/revoke").status_code == 404
        token.refresh_from_db()
        assert token.revoked_at is None

    def test_an_expired_one_is_told_from_one_that_holds(self, browser, user) -> None:
        token = ApiTokenFactory(user=user)
        past = timezone.now() - timedelta(days=40)
        ApiToken.objects.filter(pk=token.pk).update(created_at=past, expires_at=past + timedelta(days=1))
        ((_, holds, _),) = browser.get("/account/tokens").context["tokens"]
        assert not holds
