"""Signing in with an OpenID provider: the whole way there and back, over HTTP."""

import http.client
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from apps.accounts.models import AuditEvent, User, UserStatus
from tests.accounts.enrolling import enrolled
from tests.factories import AdminFactory, ClientUserFactory
from tests.world.openid import CLIENT_ID, CLIENT_SECRET, OpenIdProvider, new_key

pytestmark = pytest.mark.django_db

ADDRESS = "ada@example.com"
ADA = {"sub": "ada-1", "email": ADDRESS, "email_verified": True}


@pytest.fixture
def provider(settings: Settings) -> Iterator[OpenIdProvider]:
    """The configured provider, at which the browser's person is Ada."""
    provider = OpenIdProvider(claims=dict(ADA))
    app = {
        "provider_id": "oidc",
        "name": "Example ID",
        "client_id": CLIENT_ID,
        "secret": CLIENT_SECRET,
        "settings": {"server_url": provider.issuer},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    yield provider
    provider.stop()


@pytest.fixture
def ada() -> User:
    return ClientUserFactory(username="ada", email=ADDRESS)


@pytest.fixture
def browser() -> Browser:
    return Browser()


def go(browser: Browser, **query: str) -> str:
    """Where our link leads: an address at the provider."""
    return browser.get("/openid/sign-in", query)["Location"]


def at_provider(address: str) -> str:
    """Where the provider sends the browser back to."""
    url = urlsplit(address)
    connection = http.client.HTTPConnection(url.netloc, timeout=10)
    connection.request("GET", f"{url.path}?{url.query}")
    back = connection.getresponse().getheader("Location")
    connection.close()
    assert back
    assert back.startswith("http://testserver/openid/callback?")
    return back.removeprefix("http://testserver")


def round_trip(browser: Browser, **query: str):
    """The page that the person lands on, and the way to it."""
    return browser.get(at_provider(go(browser, **query)), follow=True)


def refused(answer) -> str:
    """What the sign-in page says; the person is not signed in."""
    assert answer.redirect_chain == [("/sign-in", 302)]
    assert not answer.wsgi_request.user.is_authenticated
    (message,) = answer.context["messages"]
    return str(message)


class TestThereAndBack:
    def test_the_sign_in_page_offers_it_by_name(self, browser, provider) -> None:
        page = browser.get("/sign-in", {"next": "/account"}).content.decode()
        assert "Sign in with Example ID" in page
        assert 'href="/openid/sign-in?next=%2Faccount"' in page

    def test_a_person_with_the_verified_address_is_signed_in(self, browser, provider, ada) -> None:
        answer = browser.get(at_provider(go(browser)))
        assert answer["Location"] == f"/clients/{ada.client_id}/topology"
        assert browser.get("/api/auth/me").json()["user"]["username"] == "ada"

    @pytest.mark.parametrize("fields", [{"username": "ADA@example.com"}, {"email": "Ada@Example.com"}])
    def test_the_address_is_looked_for_among_usernames_too_and_whatever_its_case(
        self, browser, provider, fields
    ) -> None:
        user = AdminFactory(**fields)
        round_trip(browser)
        assert browser.get("/api/auth/me").json()["user"]["username"] == user.username

    def test_the_page_that_was_wanted_is_gone_on_to_and_none_elsewhere(self, browser, provider, ada) -> None:
        assert browser.get(at_provider(go(browser, next="/account")))["Location"] == "/account"
        other = Browser()
        landed = other.get(at_provider(go(other, next="https://evil.example/")))
        assert landed["Location"] == f"/clients/{ada.client_id}/topology"

    def test_state_nonce_and_challenge_are_new_for_every_browser(self, provider, ada) -> None:
        for _ in range(2):
            round_trip(Browser())
        for name in ("state", "nonce", "code_challenge"):
            assert len({asked[name] for asked in provider.asked}) == 2

    def test_the_trail_tells_of_the_link_once_and_of_every_sign_in(self, provider, ada) -> None:
        for _ in range(2):
            round_trip(Browser())
        trail = AuditEvent.objects.filter(who=ada)
        assert trail.filter(what="openid_linked").count() == 1
        assert [row.after for row in trail.filter(what="signed_in")] == [{"method": "openid"}] * 2

    def test_who_is_linked_is_known_by_the_subject_whatever_the_address_becomes(
        self, browser, provider, ada
    ) -> None:
        round_trip(Browser())
        provider.claims = {"sub": ADA["sub"], "email": "lovelace@example.com", "email_verified": False}
        round_trip(browser)
        assert browser.get("/api/auth/me").json()["user"]["username"] == "ada"

    def test_the_second_factor_is_still_asked_for(self, browser, provider, ada) -> None:
        app, _ = enrolled(ada)
        assert browser.get(at_provider(go(browser, next="/account")))["Location"] == "/sign-in/code"
        assert browser.get("/api/auth/me").status_code == 401
        assert browser.post("/sign-in/code", {"code": app.code()})["Location"] == "/account"

    def test_an_address_of_userinfo_counts_as_one_of_the_token(self, browser, provider, ada) -> None:
        provider.claims = {"sub": ADA["sub"]}
        provider.userinfo = dict(ADA)
        round_trip(browser)
        assert browser.get("/api/auth/me").status_code == 200

    def test_nothing_of_the_token_is_kept(self, browser, provider, ada) -> None:
        for _ in range(2):
            round_trip(Browser())
        (account,) = SocialAccount.objects.values("provider", "uid", "extra_data")
        assert account == {"provider": provider.issuer, "uid": ADA["sub"], "extra_data": {}}


class TestWhoIsRefused:
    def test_an_unknown_person_is_told_to_ask_for_an_invitation_and_not_created(
        self, browser, provider
    ) -> None:
        assert "invitation" in refused(round_trip(browser))
        assert not User.objects.exists()

    @pytest.mark.parametrize("verified", [False, "false", None])
    def test_an_address_that_the_provider_has_not_verified_opens_nothing(
        self, browser, provider, ada, verified
    ) -> None:
        provider.claims["email_verified"] = verified
        assert "does not vouch" in refused(round_trip(browser))

    def test_a_blocked_person_is_told_so(self, browser, provider, ada) -> None:
        ada.status = UserStatus.BLOCKED
        ada.save()
        assert "blocked" in refused(round_trip(browser))

    def test_a_deleted_person_is_nobody_and_their_link_goes_to_who_has_the_address_next(
        self, browser, provider, ada
    ) -> None:
        round_trip(Browser())
        ada.deleted_at = timezone.now()
        ada.save()
        assert "invitation" in refused(round_trip(browser))
        heir = AdminFactory(username="heir", email=ADDRESS)
        round_trip(browser)
        assert browser.get("/api/auth/me").json()["user"]["id"] == str(heir.pk)

    def test_an_address_of_two_people_opens_neither(self, browser, provider, ada) -> None:
        AdminFactory(username="other", email=ADDRESS)
        assert "Several" in refused(round_trip(browser))

    def test_the_same_subject_at_another_provider_is_somebody_else(self, browser, provider, ada) -> None:
        SocialAccount.objects.create(user=AdminFactory(), provider="https://old.example", uid=ADA["sub"])
        round_trip(browser)
        assert browser.get("/api/auth/me").json()["user"]["username"] == "ada"


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        "lies",
        [
            {"iss": "https://elsewhere.example"},
            {"aud": "another-client"},
            {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
            {"exp": 1_000_000_000},
            {"nonce": "of-another-session"},
            {"nonce": None},
        ],
        ids=str,
    )
    def test_a_token_for_somebody_or_something_else(self, browser, provider, ada, lies) -> None:
        provider.lies = lies
        assert "did not work" in refused(round_trip(browser))

    def test_a_token_that_another_key_signed(self, browser, provider, ada) -> None:
        provider.signs_with = new_key()
        assert "did not work" in refused(round_trip(browser))

    def test_userinfo_about_somebody_else(self, browser, provider, ada) -> None:
        provider.claims = {"sub": "mallory"}
        provider.userinfo = dict(ADA)
        assert "did not work" in refused(round_trip(browser))

    def test_a_state_of_another_browser(self, browser, provider, ada) -> None:
        assert "did not work" in refused(browser.get(at_provider(go(Browser())), follow=True))

    def test_an_answer_that_comes_twice(self, provider, ada) -> None:
        browser = Browser()
        back = at_provider(go(browser))
        browser.get(back)
        browser.post("/sign-out")
        assert "did not work" in refused(browser.get(back, follow=True))

    def test_a_code_that_the_provider_does_not_know(self, browser, provider, ada) -> None:
        state = parse_qs(urlsplit(go(browser)).query)["state"][0]
        query = {"state": state, "code": "made-up"}
        assert "did not work" in refused(browser.get("/openid/callback", query, follow=True))

    def test_a_person_who_cancels_comes_back_to_the_sign_in_page(self, browser, provider, ada) -> None:
        provider.refuses = "access_denied"
        assert "was cancelled" in refused(round_trip(browser))

    def test_a_provider_that_does_not_answer(self, browser, provider, ada) -> None:
        back = at_provider(go(browser))
        provider.stop()
        assert "did not work" in refused(browser.get(back, follow=True))
        assert "did not work" in refused(browser.get("/openid/sign-in", follow=True))

    def test_a_provider_that_was_added_in_the_back_office(self, browser, provider, settings) -> None:
        settings.SOCIALACCOUNT_PROVIDERS = {}
        SocialApp.objects.create(
            provider="openid_connect",
            provider_id="planted",
            name="Planted",
            client_id=CLIENT_ID,
            settings={"server_url": provider.issuer},
        )
        assert browser.get("/openid/sign-in").status_code == 404

    @pytest.mark.parametrize("path", ["/openid/sign-in", "/openid/callback"])
    def test_both_pages_where_no_provider_is_configured(self, browser, path) -> None:
        assert browser.get(path).status_code == 404


def test_an_address_that_nobody_proved_is_not_enough(provider: OpenIdProvider, browser: Browser) -> None:
    """Whoever signs up with somebody else's address must not come to share an account with them."""
    squatter = ClientUserFactory(username="squatter", email=ADDRESS, email_proven_at=None)
    answer = round_trip(browser)
    assert f"Nobody has proven yet that {ADDRESS} is theirs here" in answer.content.decode()
    assert "_auth_user_id" not in browser.session
    assert not SocialAccount.objects.exists()

    User.objects.filter(pk=squatter.pk).update(email_proven_at=timezone.now())
    round_trip(browser)
    assert browser.session["_auth_user_id"] == str(squatter.pk)


def test_a_username_that_looks_like_the_address_opens_nothing(
    provider: OpenIdProvider, browser: Browser
) -> None:
    ClientUserFactory(username=ADDRESS, email="somebody.else@example.com")
    assert "Nobody here has the e-mail address" in round_trip(browser).content.decode()
    assert not SocialAccount.objects.exists()
