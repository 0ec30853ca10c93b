"""The back office: for admins alone, no secret in it, history only read, no query per row."""

import pytest
from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import ApiToken, AuditEvent, TokenFamily, User, UserStatus
from apps.fleet.models import Policy, Switch
from tests import factories

pytestmark = pytest.mark.django_db
OURS = [model for model in admin.site._registry if model._meta.app_label in ("accounts", "fleet")]


@pytest.fixture
def operator() -> User:
    return factories.AdminFactory()


@pytest.fixture
def browser(operator) -> Browser:
    browser = Browser()
    browser.force_login(operator)
    return browser


@pytest.fixture
def fleet() -> Switch:
    switch = factories.CompleteSwitchFactory(
        cluster__kubeconfig="kept-between-us", cluster__account__external_id="kept-between-us"
    )
    factories.SwitchStepFactory(switch=switch)
    factories.NodeTemplateFactory(cluster=switch.cluster, user_data="kept-between-us")
    for made in (factories.NodeGroupFactory, factories.NotificationFactory, factories.CostEntryFactory):
        made(cluster=switch.cluster)
    factories.CloudEventFactory(account=switch.cluster.account)
    factories.PoolEventFactory()
    factories.OperationItemFactory()
    factories.LaunchFactory(cluster=switch.cluster)
    factories.AuditEventFactory()
    factories.TokenFamilyFactory(refresh_id="kept-between-us")
    factories.ApiTokenFactory(digest="kept-between-us")
    factories.InvitationFactory(digest="kept-between-us")
    factories.ClientUserFactory(client=switch.cluster.client)
    return switch


def address(model, page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_list_and_row_opens_and_shows_no_secret(browser, fleet, model) -> None:
    row = model.objects.first()
    for url in (
        address(model, "changelist") + "?q=x",
        address(model, "changelist"),
        address(model, "change", row.pk),
    ):
        answer = browser.get(url)
        assert answer.status_code == 200
        assert "kept-between-us" not in answer.content.decode()
        assert "argon2" not in answer.content.decode()


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_history_and_inventory_are_only_read(browser, operator, model, rf) -> None:
    request = rf.get("/")
    request.user = operator
    site = admin.site._registry[model]
    assert not site.has_add_permission(request)
    assert not site.has_delete_permission(request)
    assert site.has_change_permission(request) == (model is Policy)


def test_a_list_costs_no_query_per_row(browser, fleet, django_assert_max_num_queries) -> None:
    factories.SwitchStepFactory.create_batch(10)
    for model in OURS:
        browser.get(address(model, "changelist"))
        with django_assert_max_num_queries(14):
            browser.get(address(model, "changelist"))


@pytest.mark.parametrize("made", [factories.ClientUserFactory, factories.LabFactory])
def test_other_roles_are_refused_whatever_they_were_granted(made) -> None:
    user, browser = made(is_superuser=True), Browser()
    user.user_permissions.set(Permission.objects.all())
    browser.force_login(user)
    answer = browser.get("/back-office/", follow=True)
    assert answer.status_code == 403


def test_a_stranger_signs_in_where_everybody_does() -> None:
    answer = Browser().get("/back-office/", follow=True)
    assert answer.redirect_chain[-1][0] == "/sign-in?next=/back-office/"


def test_blocking_ends_the_persons_session_and_never_ones_own(browser, operator) -> None:
    victim, theirs = factories.ClientUserFactory(), Browser()
    theirs.force_login(victim)
    browser.post(
        address(User, "changelist"),
        {"action": "block", "_selected_action": [victim.pk, operator.pk]},
    )
    victim.refresh_from_db()
    operator.refresh_from_db()
    assert (victim.status, operator.status) == (UserStatus.BLOCKED, UserStatus.ACTIVE)
    assert theirs.get("/api/auth/me").status_code == 401
    assert AuditEvent.objects.get(what="user_blocked").who == operator


def test_a_policy_is_changed_with_a_line_in_the_trail(browser, operator, fleet) -> None:
    policy = fleet.cluster.policy
    url = address(Policy, "change", policy.pk)
    form = browser.get(url).context["adminform"].form
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    values = {name: ",".join(v) if isinstance(v, list) else v for name, v in values.items() if v is not None}
    assert browser.post(url, values | {"moves_per_hour": 3}).status_code == 302
    policy.refresh_from_db()
    assert policy.moves_per_hour == 3
    event = AuditEvent.objects.get(what="policy_changed", who=operator)
    assert event.after == {"moves_per_hour": 3}
    unbalanced = browser.post(url, values | {"weight_cost": "0.9"})
    assert "must add up to 1" in unbalanced.content.decode()


def test_nothing_of_the_sign_in_library_can_be_seen_or_edited() -> None:
    labels = {model._meta.app_label for model in admin.site._registry}
    assert not labels & {"account", "mfa", "socialaccount"}


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_password_is_changed_where_the_old_one_is_asked_and_sessions_end(browser, operator, method) -> None:
    new = {
        "old_password": factories.PASSWORD,
        "new_password1": "n3w-passphrase",
        "new_password2": "n3w-passphrase",
    }
    answer = getattr(browser, method)("/back-office/password_change/", new)
    assert answer.headers["Location"] == "/account/security"
    operator.refresh_from_db()
    assert operator.check_password(factories.PASSWORD)


def test_an_api_token_is_revoked_with_a_line_in_the_trail(browser, operator) -> None:
    token = factories.ApiTokenFactory()
    browser.post(address(ApiToken, "changelist"), {"action": "revoke", "_selected_action": [token.pk]})
    token.refresh_from_db()
    assert token.revoked_at
    assert AuditEvent.objects.get(what="api_token_revoked").who == operator


def test_a_sign_in_is_ended(browser, operator) -> None:
    family = factories.TokenFamilyFactory()
    browser.post(address(TokenFamily, "changelist"), {"action": "end", "_selected_action": [family.pk]})
    family.refresh_from_db()
    assert family.ended_at
    assert AuditEvent.objects.get(what="sign_in_ended").who == operator


def test_a_name_that_waits_is_let_try_again(browser, operator, client) -> None:
    person = factories.ClientUserFactory()
    wrong = {"username": person.username, "password": "wrong"}
    while client.post("/api/auth/login", wrong, content_type="application/json").status_code != 429:
        pass
    attempt = AccessAttempt.objects.get(username=person.username)
    page = browser.get(address(AccessAttempt, "change", attempt.pk)).content.decode()
    assert "post_data" not in page
    browser.post(address(AccessAttempt, "changelist"), {"action": "forget", "_selected_action": [attempt.pk]})
    right = wrong | {"password": factories.PASSWORD}
    assert client.post("/api/auth/login", right, content_type="application/json").status_code == 200
    assert AuditEvent.objects.get(what="tries_forgotten").who == operator


def test_somebody_deleted_is_neither_blocked_nor_opened(browser) -> None:
    gone = factories.ClientUserFactory(deleted_at=timezone.now())
    answer = browser.post(
        address(User, "changelist"), {"action": "block", "_selected_action": [gone.pk]}, follow=True
    )
    assert "0 accounts are blocked" in answer.content.decode()
    gone.refresh_from_db()
    assert gone.status == UserStatus.ACTIVE
