"""Personal API tokens: shown once, kept as a hash, and never more than their scopes and their person."""

from datetime import timedelta

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from rest_framework.permissions import AllowAny, BasePermission, OperandHolder
from rest_framework.test import APIClient
from rest_framework.views import APIView

from apps.accounts.models import ApiToken, AuditEvent, Scope, User, UserStatus
from apps.accounts.permissions import HasRole, IsSignedIn, IsThePerson
from apps.accounts.services.api_tokens import create_token
from tests.factories import AdminFactory, ApiTokenFactory, ClientUserFactory, ClusterFactory, LabFactory

pytestmark = pytest.mark.django_db
TOKENS, ME = "/api/auth/tokens", "/api/auth/me"


def body(
    scopes: list[str] | None = None, days: float = 30, name: str = "nightly report"
) -> dict[str, object]:
    expires_at = timezone.now() + timedelta(days=days)
    return {"name": name, "scopes": scopes or ["fleet:read"], "expires_at": expires_at.isoformat()}


def script(user: User, *scopes: Scope) -> APIClient:
    """What a script of this person can do with a token of these scopes."""
    expires_at = timezone.now() + timedelta(days=1)
    _, secret = create_token(user, name="script", scopes=scopes, expires_at=expires_at)
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}")


def test_a_token_is_shown_once_and_kept_as_a_hash(as_user) -> None:
    user = ClientUserFactory()
    answer = as_user(user).post(TOKENS, body())
    assert answer.status_code == 201
    secret = answer.json()["token"]
    assert secret.startswith("atharva_pat_")
    assert len(secret) == len("atharva_pat_") + 43
    assert APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}").get(ME).json()["user"]["id"] == str(user.pk)
    assert secret not in as_user(user).get(TOKENS).content.decode()
    assert secret not in str(list(ApiToken.objects.values()) + list(AuditEvent.objects.values()))
    assert AuditEvent.objects.get(what="api_token_created").client == user.client


def test_a_person_sees_and_revokes_their_own_alone(as_user) -> None:
    mine, theirs = ApiTokenFactory(), ApiTokenFactory()
    me = as_user(mine.user)
    assert [row["id"] for row in me.get(TOKENS).json()["results"]] == [str(mine.pk)]
    assert me.delete(f"{TOKENS}/{theirs.pk}").status_code == 404
    assert me.delete(f"{TOKENS}/{mine.pk}").status_code == 204
    assert me.get(TOKENS).json()["count"] == 0
    assert me.delete(f"{TOKENS}/{mine.pk}").status_code == 404
    assert AuditEvent.objects.get(what="api_token_revoked").who == mine.user


def test_a_revoked_or_expired_token_or_a_blocked_persons_is_refused() -> None:
    user = ClientUserFactory()
    client = script(user, Scope.FLEET_READ)
    assert client.get(ME).status_code == 200
    for changed in ({"revoked_at": timezone.now()}, {"revoked_at": None, "expires_at": timezone.now()}):
        ApiToken.objects.update(created_at=timezone.now() - timedelta(days=1), **changed)
        assert client.get(ME).status_code == 401
    client = script(user, Scope.FLEET_READ)
    User.objects.filter(pk=user.pk).update(status=UserStatus.BLOCKED)
    assert client.get(ME).status_code == 401


def test_reading_is_apart_from_changing() -> None:
    cluster = ClusterFactory()
    user = ClientUserFactory(client=cluster.client)
    policy = f"/api/client/clusters/{cluster.pk}/policy"
    reads, writes = script(user, Scope.FLEET_READ), script(user, Scope.FLEET_WRITE)
    assert reads.get(policy).status_code == 200
    refused = reads.put(policy, {"moves_per_hour": 3})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "scope_missing")
    assert "fleet:write" in refused.json()["error"]["message"]
    assert writes.put(policy, {"moves_per_hour": 3}).status_code == 200
    assert writes.get(policy).status_code == 403


def test_an_area_is_apart_from_another() -> None:
    admin = AdminFactory()
    assert script(admin, Scope.PLATFORM_READ).get("/api/admin/system/overview").status_code == 200
    assert (
        script(admin, Scope.FLEET_READ, Scope.FLEET_WRITE).get("/api/admin/system/overview").status_code
        == 403
    )


def test_a_scope_gives_nothing_that_the_role_does_not() -> None:
    lab = LabFactory()
    client = script(lab, Scope.MODELS_READ)
    ApiToken.objects.update(scopes=[Scope.PLATFORM_READ])
    assert client.get("/api/admin/system/overview").json()["error"]["code"] == "forbidden"


@pytest.mark.parametrize(
    ("made", "scope"),
    [(ClientUserFactory, "platform:read"), (LabFactory, "fleet:read"), (ClientUserFactory, "models:write")],
)
def test_scopes_beyond_the_role_are_refused_when_asked_for(as_user, made, scope) -> None:
    answer = as_user(made()).post(TOKENS, body([scope]))
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "scope_not_yours")
    assert scope in answer.json()["error"]["message"]


@pytest.mark.parametrize("days", [-1, 366])
def test_a_token_holds_for_a_year_at_most(as_user, days) -> None:
    answer = as_user(ClientUserFactory()).post(TOKENS, body(days=days))
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "token_lifetime_out_of_range")


@pytest.mark.parametrize(
    "broken", [{"scopes": ["everything"]}, {"scopes": []}, {"name": ""}, {"expires_at": "soon"}]
)
def test_a_malformed_body_names_the_field(as_user, broken) -> None:
    answer = as_user(ClientUserFactory()).post(TOKENS, body() | broken)
    assert answer.status_code == 400
    assert set(answer.json()["error"]["details"]) == set(broken)


def test_a_script_acts_for_nobody_in_their_own_affairs() -> None:
    client = script(AdminFactory(), *Scope)
    assert client.get(ME).status_code == 200
    refusals = [
        client.get(TOKENS),
        client.post(TOKENS, body()),
        client.delete(f"{TOKENS}/{ApiToken.objects.get().pk}"),
        client.post("/api/auth/logout"),
        client.put("/api/admin/profile", {"current_password": "x"}),
    ]
    assert {answer.status_code for answer in refusals} == {403}
    assert {answer.json()["error"]["code"] for answer in refusals} == {"not_for_api_tokens"}


def test_its_use_is_noted_once_a_minute(django_assert_num_queries) -> None:
    client = script(ClientUserFactory(), Scope.FLEET_READ)
    with django_assert_num_queries(2):
        client.get(ME)
    used = ApiToken.objects.get().last_used_at
    assert used is not None
    with django_assert_num_queries(1):
        client.get(ME)
    assert ApiToken.objects.get().last_used_at == used


def api_views(resolver: URLResolver) -> list[type[APIView]]:
    found = []
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            found += api_views(entry)
        elif isinstance(entry, URLPattern) and hasattr(entry.callback, "cls"):
            found.append(entry.callback.cls)
    return found


def parts_of(permission: object) -> list[type[BasePermission]]:
    """The permissions that one made of others asks."""
    if isinstance(permission, OperandHolder):
        return parts_of(permission.op1_class) + parts_of(permission.op2_class)
    return [permission]


def test_every_view_of_the_api_says_whom_it_is_for() -> None:
    ours = [view for view in api_views(get_resolver()) if view.__module__.startswith("apps.")]
    assert len(ours) > 10
    for view in ours:
        for kind in (part for given in view.permission_classes for part in parts_of(given)):
            assert kind in (AllowAny, IsSignedIn, IsThePerson) or issubclass(kind, HasRole), view
            assert not issubclass(kind, HasRole) or (kind.roles and Scope(f"{kind.area}:read")), view
